import { Injectable } from '@nestjs/common';
import { toJson } from '../../common/http/json';
import { type WriteRequest } from '../../common/write-as';
import { JobsService } from '../../jobs/jobs.service';
import { type Resource } from '../../reads/row-shape';
import { StoresService } from '../../stores/stores.service';
import { type ImportDto } from '../dto/import.dto';
import { IMPORT_JOB } from '../import-job';
import { ImportsRepository, type OwnedImport } from '../imports.repository';
import { type CreateEditDto } from './dto/create-edit.dto';
import { type Edit } from './edit';
import { EditWritesRepository } from './edit-writes.repository';

/** Edits of many items. All but their beginning is the business of imports. */
@Injectable()
export class EditsService {
  constructor(
    private readonly edits: EditWritesRepository,
    private readonly imports: ImportsRepository,
    private readonly jobs: JobsService,
    private readonly stores: StoresService,
  ) {}

  /** Makes an edit, which runs after the transaction of the request. @throws Problem `store_not_found`, `forbidden` */
  async create(
    request: WriteRequest,
    { filter, change, onError, dryRun }: CreateEditDto,
    requestId: string,
  ): Promise<Resource<ImportDto>> {
    const { id: storeId, caller } = request;
    const edit = JSON.parse(toJson({ filter, change })) as Edit;
    const values = { actorId: caller.userId, requestId, onError, dryRun, edit };
    return request.executor.transaction(async (executor) => {
      const made = await this.stores.writeTo(executor, { ...request, executor }, (transaction, store) =>
        this.edits.insert(transaction, store, values),
      );
      await this.jobs.add(executor, IMPORT_JOB, `store ${storeId}`, made);
      return ((await this.imports.find(executor, made)) as OwnedImport).resource;
    });
  }

  /** Begins with what was committed, and not only at the next look for jobs. */
  begin(): void {
    this.jobs.wake();
  }
}
