import { type Type } from '@nestjs/common';

export interface ExpressionIndexDeclaration {
  table: Type;
  name: string;
  unique: boolean;
  /** what follows `ON table`, in SQL */
  definition: string;
}

const declarations: ExpressionIndexDeclaration[] = [];

/** Declares an index that TypeORM cannot declare. A migration creates it; `test/drift` compares the two. */
export function ExpressionIndex(
  name: string,
  definition: string,
  options: { unique?: boolean } = {},
): ClassDecorator {
  return (target) => {
    declarations.push({
      table: target as unknown as Type,
      name,
      unique: options.unique ?? false,
      definition,
    });
  };
}

export function expressionIndexes(): readonly ExpressionIndexDeclaration[] {
  return declarations;
}
