import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { StoresModule } from '../stores/stores.module';
import { ItemTag } from './item-tag.entity';
import { ItemTagsService } from './item-tags.service';
import { Item } from './item.entity';
import { ItemsController } from './items.controller';
import { ItemsService } from './items.service';

@Module({
  imports: [TypeOrmModule.forFeature([Item, ItemTag]), StoresModule],
  controllers: [ItemsController],
  providers: [ItemsService, ItemTagsService],
})
export class ItemsModule {}
