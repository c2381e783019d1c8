/** Names of types without their parameters. */
const type = (captured: string): string => `[
  (type_identifier) ${captured}
  (generic_type type: (_) ${captured})
]`

export const rust = `
(function_item name: (identifier) @name body: (_) @body) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (_) @name body: (_) @body) @struct
(struct_item name: (_) @name !body) @struct
(union_item name: (_) @name body: (_) @body) @struct
(enum_item name: (_) @name body: (_) @body) @enum
(trait_item name: (_) @name body: (_) @body) @trait
(mod_item name: (_) @name body: (_) @body) @module
(type_item name: (_) @name type: (_) @body) @type
(const_item name: (_) @name value: (_) @body) @variable
(const_item name: (_) @name !value) @variable
(static_item name: (_) @name value: (_) @body) @variable
(macro_definition name: (_) @name) @function
(impl_item trait: (_) @part type: ${type("@name")}) @scope
(impl_item trait: (_) @part type: (_) @name) @scope
(impl_item type: ${type("@name")} !trait) @scope
(impl_item type: (_) @name !trait) @scope
(closure_expression) @local
`
