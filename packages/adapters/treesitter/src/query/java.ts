export const java = `
(class_declaration name: (identifier) @name body: (_) @body) @class
(record_declaration name: (identifier) @name body: (_) @body) @class
(interface_declaration name: (identifier) @name body: (_) @body) @interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @interface
(enum_declaration name: (identifier) @name body: (_) @body) @enum
(method_declaration name: (identifier) @name body: (_) @body) @method
(method_declaration name: (identifier) @name !body) @method
(constructor_declaration name: (identifier) @name body: (_) @body) @method
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @method
(field_declaration declarator: (variable_declarator name: (identifier) @name value: (_) @body)) @variable
(field_declaration declarator: (variable_declarator name: (identifier) @name !value)) @variable
(lambda_expression) @local
(object_creation_expression (class_body) @local)
`
