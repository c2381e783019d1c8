/**
 * Refuses `??` with an empty value after a lookup: where the value is always there, a bug would go on as damage, as a
 * tree without files or a commit that brings nothing. `expected` ends it as a defect. Where nothing there is an answer,
 * `orDefault` says so. A declared field that may be absent (`request.metadata ?? {}`) and the parts of a pattern that
 * did not match (`pattern.exec(text) ?? []`) are free.
 */
const message =
  "an empty value would hide that this is absent; if it must be there, say `expected(value, what)` or " +
  "`elementAt(list, place)`, and if it may be absent, `orDefault(value, otherwise)` (base/expected.ts)"

const emptyNumbers = new Set([0, 1, -1])

/** Names of empty values, for those that come from another file. */
const emptyName = /^(no[A-Z]\w*|none|nothing\w*|empty\w*)$/

const isEmptyLiteral = ({ value }) => value === "" || emptyNumbers.has(value) || value === 0n

const isNone = ({ callee }) =>
  callee.type === "MemberExpression" && callee.object.name === "Option" && callee.property.name === "none"

const makesEmpty = ({ callee, arguments: given }) =>
  (callee.name === "Map" || callee.name === "Set" || callee.name === "Array" || callee.name === "Uint8Array") &&
  (given.length === 0 || (given[0].type === "Literal" && given[0].value === 0))

const constantOf = (identifier, sourceCode) => {
  for (let scope = sourceCode.getScope(identifier); scope !== null; scope = scope.upper) {
    const definition = scope.set.get(identifier.name)?.defs[0]
    if (definition !== undefined) return definition.node.init
  }
  return undefined
}

const isEmpty = (node, sourceCode) => {
  switch (node?.type) {
    case "ArrayExpression":
      return node.elements.length === 0
    case "ObjectExpression":
      return node.properties.length === 0
    case "Literal":
      return isEmptyLiteral(node)
    case "UnaryExpression":
      return node.operator === "-" && isEmpty(node.argument, sourceCode)
    case "TemplateLiteral":
      return node.expressions.length === 0 && node.quasis[0].value.raw === ""
    case "NewExpression":
      return makesEmpty(node)
    case "CallExpression":
      return isNone(node)
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return isEmpty(node.expression, sourceCode)
    case "Identifier":
      return emptyName.test(node.name) || isEmpty(constantOf(node, sourceCode), sourceCode)
    default:
      return false
  }
}

/** `a.b.c`: a field that the type says may be absent. */
const isField = (node) =>
  node.type === "MemberExpression" &&
  !node.computed &&
  (node.object.type === "Identifier" || node.object.type === "ThisExpression" || isField(node.object))

const isMatch = (node) =>
  node.type === "CallExpression" &&
  node.callee.type === "MemberExpression" &&
  (node.callee.property.name === "exec" || node.callee.property.name === "match")

export const noEmptyFallback = {
  create: (context) => ({
    LogicalExpression: ({ left, operator, right }) => {
      if (operator !== "??" || isField(left) || isMatch(left) || !isEmpty(right, context.sourceCode)) return
      context.report({ node: right, message })
    }
  })
}
