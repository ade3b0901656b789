import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/users.module';
import { IdempotencyKey } from './idempotency-key.entity';
import { IdempotencyKeysRepository } from './idempotency-keys.repository';
import { IdempotencyService } from './idempotency.service';
import { KeysCleanup } from './keys-cleanup';

@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey]), UsersModule],
  providers: [IdempotencyService, IdempotencyKeysRepository, KeysCleanup],
  exports: [IdempotencyService],
})
export class IdempotencyModule {}
