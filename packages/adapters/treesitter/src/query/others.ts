/** Languages whose queries are a few lines each. */

export const cpp = `
(function_definition declarator: (function_declarator declarator: (_) @name) body: (_) @body) @function
(function_definition
  declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name))
  body: (_) @body) @function
(function_definition
  declarator: (reference_declarator (function_declarator declarator: (_) @name))
  body: (_) @body) @function
(class_specifier name: (_) @name body: (_) @body) @class
(struct_specifier name: (_) @name body: (_) @body) @struct
(union_specifier name: (_) @name body: (_) @body) @struct
(enum_specifier name: (_) @name body: (_) @body) @enum
(namespace_definition name: (_) @name body: (_) @body) @module
(access_specifier) @access
(lambda_expression) @local
`

export const csharp = `
(class_declaration name: (identifier) @name body: (_) @body) @class
(record_declaration name: (identifier) @name body: (_) @body) @class
(record_declaration name: (identifier) @name !body) @class
(interface_declaration name: (identifier) @name body: (_) @body) @interface
(struct_declaration name: (identifier) @name body: (_) @body) @struct
(enum_declaration name: (identifier) @name body: (_) @body) @enum
(method_declaration name: (identifier) @name body: (_) @body) @method
(method_declaration name: (identifier) @name !body) @method
(constructor_declaration name: (identifier) @name body: (_) @body) @method
(property_declaration name: (identifier) @name) @variable
(namespace_declaration name: (_) @name body: (_) @body) @module
(lambda_expression) @local
`

export const ruby = `
(class name: (_) @name body: (_) @body) @class
(class name: (_) @name !body) @class
(module name: (_) @name body: (_) @body) @module
(method name: (_) @name body: (_) @body) @function
(method name: (_) @name !body) @function
(singleton_method name: (_) @name body: (_) @body) @function
(singleton_method name: (_) @name !body) @function
(program (assignment left: (constant) @name right: (_) @body) @variable)
(body_statement (identifier) @access (#any-of? @access "private" "protected" "public"))
(block) @local
(do_block) @local
`

export const php = `
(class_declaration name: (name) @name body: (_) @body) @class
(interface_declaration name: (name) @name body: (_) @body) @interface
(trait_declaration name: (name) @name body: (_) @body) @trait
(enum_declaration name: (name) @name body: (_) @body) @enum
(function_definition name: (name) @name body: (_) @body) @function
(method_declaration name: (name) @name body: (_) @body) @method
(method_declaration name: (name) @name !body) @method
(arrow_function) @local
`

export const bash = "(function_definition name: (word) @name body: (_) @body) @function"
