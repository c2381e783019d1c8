/** Functions that are values. */
const functionValue = "[(arrow_function body: (_) @body) (function_expression body: (_) @body)]"

/** The places of what a module declares. */
const atTop = (declaration: string): string => `(program ${declaration}) (program (export_statement ${declaration}))`

const declared = (declarator: string): string =>
  [`(lexical_declaration ${declarator})`, `(variable_declaration ${declarator})`].map(atTop).join("\n")

/** What JavaScript and TypeScript have in common. */
export const ecmascript = `
(function_declaration name: (identifier) @name body: (_) @body) @function
(generator_function_declaration name: (identifier) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class
(class_body (method_definition name: (_) @name body: (_) @body) @method)
${declared(`(variable_declarator name: (identifier) @name value: ${functionValue}) @function`)}
${declared("(variable_declarator name: (identifier) @name value: (_) @body) @variable")}
${declared("(variable_declarator name: (identifier) @name !value) @variable")}
(export_statement) @exported
(export_statement (export_clause (export_specifier name: (_) @exports)) !source)
(export_statement (identifier) @exports)
(assignment_expression
  left: (_) @_left
  right: (identifier) @exports
  (#match? @_left "^(module[.])?exports([.][A-Za-z0-9_$]+)?$"))
(assignment_expression
  left: (_) @_left
  right: (object (shorthand_property_identifier) @exports)
  (#eq? @_left "module.exports"))
(arrow_function) @local
(function_expression) @local
(object (method_definition) @local)
(class) @local
`

export const javascript = `
${ecmascript}
(class_body (field_definition property: (_) @name value: ${functionValue}) @method)
(class_body (field_definition property: (_) @name value: (_) @body) @variable)
(class_body (field_definition property: (_) @name !value) @variable)
`

export const typescript = `
${ecmascript}
(abstract_class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @interface
(type_alias_declaration name: (_) @name value: (_) @body) @type
(enum_declaration name: (_) @name body: (_) @body) @enum
(internal_module name: (_) @name body: (_) @body) @module
(module name: (_) @name body: (_) @body) @module
(function_signature name: (identifier) @name) @function
(interface_body (method_signature name: (_) @name) @method)
(class_body (method_signature name: (_) @name) @method)
(class_body (abstract_method_signature name: (_) @name) @method)
(class_body (public_field_definition name: (_) @name value: ${functionValue}) @method)
(class_body (public_field_definition name: (_) @name value: (_) @body) @variable)
(class_body (public_field_definition name: (_) @name !value) @variable)
`
