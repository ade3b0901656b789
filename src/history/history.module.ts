import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { ItemsModule } from '../items/items.module';
import { StoresModule } from '../stores/stores.module';
import { TagsModule } from '../tags/tags.module';
import { Change } from './change.entity';
import { ChangesController } from './changes.controller';
import { ChangesRepository } from './changes.repository';
import { ChangesService } from './changes.service';
import { HistoryCleanup } from './history-cleanup';
import { UndoRepository } from './undo.repository';
import { UndoService } from './undo.service';

/** Nothing that writes needs to know it, because triggers record the changes. */
@Module({
  imports: [TypeOrmModule.forFeature([Change]), IdempotencyModule, StoresModule, TagsModule, ItemsModule],
  controllers: [ChangesController],
  providers: [ChangesService, ChangesRepository, UndoService, UndoRepository, HistoryCleanup],
})
export class HistoryModule {}
