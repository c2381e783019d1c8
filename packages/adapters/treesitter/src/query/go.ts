/** The type of a receiver, with or without a pointer and parameters of types. */
const receiver = `[
  (type_identifier) @owner
  (generic_type type: (type_identifier) @owner)
  (pointer_type (type_identifier) @owner)
  (pointer_type (generic_type type: (type_identifier) @owner))
]`

export const go = `
(function_declaration name: (identifier) @name body: (_) @body) @function
(function_declaration name: (identifier) @name !body) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: ${receiver}))
  name: (field_identifier) @name
  body: (_) @body) @method
(type_declaration (type_spec name: (_) @name type: (struct_type) @body) @struct)
(type_declaration (type_spec name: (_) @name type: (interface_type) @body) @interface)
(type_declaration (type_spec name: (_) @name type: (_) @body) @type)
(type_declaration (type_alias name: (_) @name type: (_) @body) @type)
(interface_type (method_elem name: (_) @name) @method)
(source_file (const_declaration (const_spec (identifier) @name value: (_) @body) @variable))
(source_file (const_declaration (const_spec (identifier) @name !value) @variable))
(source_file (var_declaration (var_spec (identifier) @name value: (_) @body) @variable))
(source_file (var_declaration (var_spec (identifier) @name !value) @variable))
(source_file (var_declaration (var_spec_list (var_spec (identifier) @name value: (_) @body) @variable)))
(source_file (var_declaration (var_spec_list (var_spec (identifier) @name !value) @variable)))
(func_literal) @local
`
