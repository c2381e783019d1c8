/**
 * A use case says in its signature what it gives, what it fails with and what it needs. Without the annotation the
 * compiler infers it, and a new failure goes out without anybody having written it down.
 */
const isUseCase = (node) =>
  node?.type === "CallExpression" &&
  node.callee.type === "CallExpression" &&
  node.callee.callee.type === "MemberExpression" &&
  node.callee.callee.object.name === "Effect" &&
  node.callee.callee.property.name === "fn"

export const statedFailures = {
  create: (context) => ({
    ExportNamedDeclaration: ({ declaration }) => {
      if (declaration?.type !== "VariableDeclaration") return
      for (const { id, init } of declaration.declarations) {
        const [body] = isUseCase(init) ? init.arguments : []
        if (body === undefined || (body.returnType !== null && body.returnType !== undefined)) continue
        context.report({
          node: id,
          message: "annotate the return type: Effect.fn.Return<what it gives, what it fails with, what it needs>"
        })
      }
    }
  })
}
