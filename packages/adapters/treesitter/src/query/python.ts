export const python = `
(decorated_definition
  definition: (function_definition name: (identifier) @name body: (_) @body)) @function
(function_definition name: (identifier) @name body: (_) @body) @function
(decorated_definition
  definition: (class_definition name: (identifier) @name body: (_) @body)) @class
(class_definition name: (identifier) @name body: (_) @body) @class
(module (expression_statement (assignment left: (identifier) @name right: (_) @body) @variable))
(class_definition
  body: (block (expression_statement (assignment left: (identifier) @name right: (_) @body) @variable)))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name !right) @variable)))
(lambda) @local
`
