import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One import or re-export of a source file. */
interface Import {
  /** Path below `src` without its ending, or the specifier of what is no file of the project. */
  readonly target: string;
  readonly local: boolean;
  /** False for imports that disappear when the types do. */
  readonly atRunTime: boolean;
}

/** One source file. */
export interface SourceFile {
  /** Path below `src` without its ending: `nodes/op-node`. */
  readonly name: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly syntax: ts.SourceFile;
}

/** These import what the user's program imports. */
const COMPUTED = ["closure/imports"];

/** All files below `src`. */
export function sourceFiles(): SourceFile[] {
  const src = join(ROOT, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => {
      const text = readFileSync(join(src, path), "utf8");
      const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      return {
        name: path.slice(0, -3),
        lines: text.split("\n").length - 1,
        imports: importsOf(syntax, join(src, path), src),
        syntax,
      };
    });
}

function importsOf(syntax: ts.SourceFile, path: string, src: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, atRunTime: boolean): void => {
    if (specifier === undefined) return;
    if (!ts.isStringLiteralLike(specifier)) {
      if (COMPUTED.some((name) => path === join(src, `${name}.ts`))) return;
      throw new Error(`${path} imports something that is computed`);
    }
    const local = specifier.text.startsWith(".");
    const file = relative(src, resolve(dirname(path), specifier.text)).replaceAll("\\", "/");
    imports.push({ target: local ? file.replace(/\.ts$/, "") : specifier.text, local, atRunTime });
  };
  for (const node of descendants(syntax)) {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, !node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], true);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, false);
  }
  return imports;
}

/** The node and everything below it. */
export function* descendants(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* descendants(child);
}
