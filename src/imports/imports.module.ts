import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HistoryModule } from '../history/history.module';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { ItemsModule } from '../items/items.module';
import { JobsModule } from '../jobs/jobs.module';
import { StoresModule } from '../stores/stores.module';
import { EditRunner } from './edits/edit-runner';
import { EditWritesRepository } from './edits/edit-writes.repository';
import { EditsController } from './edits/edits.controller';
import { EditsService } from './edits/edits.service';
import { FailedRowsRepository } from './failed-rows.repository';
import { FailedRowsService } from './failed-rows.service';
import { ImportEventsController } from './import-events.controller';
import { ImportEventsRepository } from './import-events.repository';
import { ImportEventsService } from './import-events.service';
import { ImportJob } from './import-job';
import { ImportLeftoversRepository } from './import-leftovers.repository';
import { ImportReceiver } from './import-receiver';
import { ImportUndoRepository } from './import-undo.repository';
import { Import, ImportError, ImportProgress, PlannedChange, StoredRow } from './import.entity';
import { ImportsCleanup } from './imports-cleanup';
import { ImportsController } from './imports.controller';
import { ImportsRepository } from './imports.repository';
import { ImportsService } from './imports.service';
import { ItemWritesRepository } from './item-writes.repository';
import { ProgressReports } from './progress-reports';

@Module({
  imports: [
    TypeOrmModule.forFeature([Import, ImportProgress, StoredRow, ImportError, PlannedChange]),
    JobsModule,
    IdempotencyModule,
    StoresModule,
    ItemsModule,
    HistoryModule,
  ],
  controllers: [ImportsController, ImportEventsController, EditsController],
  providers: [
    ImportsService,
    ImportsRepository,
    ItemWritesRepository,
    ImportUndoRepository,
    ImportLeftoversRepository,
    ImportReceiver,
    ImportJob,
    ProgressReports,
    ImportsCleanup,
    FailedRowsService,
    FailedRowsRepository,
    ImportEventsService,
    ImportEventsRepository,
    EditsService,
    EditRunner,
    EditWritesRepository,
  ],
})
export class ImportsModule {}
