import { Module } from '@nestjs/common';
import { ItemsModule } from '../items/items.module';
import { StoresModule } from '../stores/stores.module';
import { ExportsController } from './exports.controller';
import { ExportsRepository } from './exports.repository';
import { ExportsService } from './exports.service';

@Module({
  imports: [StoresModule, ItemsModule],
  controllers: [ExportsController],
  providers: [ExportsService, ExportsRepository],
})
export class ExportsModule {}
