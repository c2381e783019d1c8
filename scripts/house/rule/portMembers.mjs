/**
 * A port has few members, so that its name tells a reader what a use case asks of it, and an implementer can
 * finish it: beyond these it is several ports, or has parts with names of their own.
 */
const membersMax = 12

export const portMembers = {
  create: (context) => {
    const check = (node, members) => {
      if (members.length <= membersMax) return
      context.report({
        node,
        message: `this has ${members.length} members, at most ${membersMax} are allowed; split it`
      })
    }
    return {
      TSInterfaceDeclaration: (node) => check(node.id, node.body.body),
      TSTypeLiteral: (node) => check(node.members[0] ?? node, node.members)
    }
  }
}
