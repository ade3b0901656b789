import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Tag } from '../tags/tag.entity';
import { Item } from './item.entity';

/**
 * A link of an item to a tag. Both foreign keys include the store, so item and tag are always of the same store. It is
 * an entity because TypeORM's own junction table would delete the links together with a tag.
 */
@Entity('item_tags')
@Index('item_tags_tag_id_item_id_idx', ['tagId', 'itemId'])
export class ItemTag {
  @PrimaryColumn('bigint')
  itemId!: number;

  @PrimaryColumn('bigint')
  tagId!: number;

  @Column('bigint')
  storeId!: number;

  @ManyToOne(() => Item, { onDelete: 'CASCADE' })
  @JoinColumn([
    { name: 'store_id', referencedColumnName: 'storeId', foreignKeyConstraintName: 'item_tags_item_fkey' },
    { name: 'item_id', referencedColumnName: 'id', foreignKeyConstraintName: 'item_tags_item_fkey' },
  ])
  item!: Relation<Item>;

  @ManyToOne(() => Tag, { deferrable: 'INITIALLY DEFERRED' })
  @JoinColumn([
    { name: 'store_id', referencedColumnName: 'storeId', foreignKeyConstraintName: 'item_tags_tag_fkey' },
    { name: 'tag_id', referencedColumnName: 'id', foreignKeyConstraintName: 'item_tags_tag_fkey' },
  ])
  tag!: Relation<Tag>;
}
