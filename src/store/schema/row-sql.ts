/** Rows and statements derived from the tables' schema, so that a column is named once. Used by the journals' batches. */
import { getTableColumns } from "drizzle-orm";
import { getTableConfig, type PgColumn, type PgTable } from "drizzle-orm/pg-core";

/** Name of a table's column in the schema, such as `ownerId` for `owner_id`. */
export type Field<Table extends PgTable> = keyof Table["_"]["columns"] & string;

/** Returns the row of a record by column names. Fields that are no columns are left out, numbers for `bigint` rounded. */
export function toRow<Table extends PgTable>(
  table: Table,
  record: { readonly [Name in Field<Table>]?: unknown },
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [field, column] of Object.entries<PgColumn>(getTableColumns(table))) {
    const value = record[field as Field<Table>];
    row[column.name] =
      typeof value === "number" && column.getSQLType() === "bigint" ? Math.round(value) : value;
  }
  return row;
}

/** Returns the table's column of a field, such as `owner_id` for `ownerId`. */
export function columnName<Table extends PgTable>(table: Table, field: Field<Table>): string {
  return columnOf(table, field).name;
}

/** Returns the columns of `fields` as a record type: `"owner_id" text, …`, for `jsonb_to_recordset`. */
export function recordType<Table extends PgTable>(table: Table, fields: readonly Field<Table>[]): string {
  return fields
    .map((field) => {
      const column = columnOf(table, field);
      const type = column.getSQLType();
      return `"${column.name}" ${type === "tsvector" ? "text" : type}`;
    })
    .join(", ");
}

interface InsertOptions<Table extends PgTable> {
  /** Columns that are written; default: all of the table. */
  readonly fields?: readonly Field<Table>[];
  /** Columns that name a row. */
  readonly key: readonly Field<Table>[];
  /** Columns that stay as they are where the row is there already, beside the key; `all`: the row stays as it is. */
  readonly keep: readonly Field<Table>[] | "all";
  /** SQL in place of the row's own value. */
  readonly expressions?: { readonly [Name in Field<Table>]?: string };
}

/** Returns the statement that inserts or updates the rows of its one parameter, a JSON array of `toRow` objects. */
export function upsertStatement<Table extends PgTable>(table: Table, options: InsertOptions<Table>): string {
  const { key, keep, expressions = {} } = options;
  const fields = options.fields ?? (Object.keys(getTableColumns(table)) as Field<Table>[]);
  const quoted = (field: Field<Table>) => `"${columnName(table, field)}"`;
  const values = fields.map(
    (field) => (expressions as Partial<Record<string, string>>)[field] ?? quoted(field),
  );
  const changed = keep === "all" ? [] : fields.filter((field) => ![...key, ...keep].includes(field));
  const sets = changed.map((field) => `${quoted(field)} = excluded.${quoted(field)}`);
  return `
    insert into ${tableName(table)} (${fields.map(quoted).join(", ")})
    select ${values.join(", ")}
    from jsonb_to_recordset($1) as r(${recordType(table, fields)})
    on conflict (${key.map(quoted).join(", ")}) do ${sets.length === 0 ? "nothing" : `update set ${sets.join(", ")}`}`;
}

function tableName(table: PgTable): string {
  const { schema, name } = getTableConfig(table);
  return `${schema}.${name}`;
}

function columnOf<Table extends PgTable>(table: Table, field: Field<Table>): PgColumn {
  const column = (getTableColumns(table) as Record<string, PgColumn>)[field];
  if (!column) throw new RangeError(`${tableName(table)} has no field ${field}`);
  return column;
}
