/** What happens to the price of an item. */
export type PriceChange =
  | { readonly multiply: number; readonly round?: number }
  | { readonly add: number }
  | { readonly set: number };

/** An edit of many items as it is stored, and as the API shows it. */
export interface Edit {
  readonly filter: {
    readonly ids?: number[];
    readonly q?: string;
    readonly sku?: string;
    readonly min_price?: number;
    readonly max_price?: number;
    readonly tag_id?: number[];
    readonly tag?: string[];
    readonly without_tag?: string[];
    readonly tag_match: string;
  };
  readonly change: {
    readonly price?: PriceChange;
    readonly add_tags?: readonly string[];
    readonly remove_tags?: readonly string[];
    readonly delete?: true;
  };
}
