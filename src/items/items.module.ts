import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { StoresModule } from '../stores/stores.module';
import { TagsModule } from '../tags/tags.module';
import { ItemTag } from './item-tag.entity';
import { ItemTagsRepository } from './item-tags.repository';
import { ItemTagsService } from './item-tags.service';
import { Item } from './item.entity';
import { ItemsController } from './items.controller';
import { ItemsRepository } from './items.repository';
import { ItemsService } from './items.service';

@Module({
  imports: [TypeOrmModule.forFeature([Item, ItemTag]), IdempotencyModule, StoresModule, TagsModule],
  controllers: [ItemsController],
  providers: [ItemsService, ItemsRepository, ItemTagsService, ItemTagsRepository],
  exports: [ItemsService, ItemTagsService],
})
export class ItemsModule {}
