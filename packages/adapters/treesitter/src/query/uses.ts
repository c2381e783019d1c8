/** What a file uses: `@call` is the bare name of what it calls or constructs, `@import` a module as it is written. */

export const python = `
(call function: [(identifier) @call (attribute attribute: (identifier) @call)])
(decorator [(identifier) @call (attribute attribute: (identifier) @call)])
(import_statement name: [(dotted_name) @import (aliased_import name: (_) @import)])
(import_from_statement module_name: (_) @import)
(import_from_statement name: [(dotted_name) @import (aliased_import name: (_) @import)])
`

const ecmascript = `
(call_expression function: [(identifier) @call (member_expression property: (_) @call)])
(new_expression constructor: [(identifier) @call (member_expression property: (_) @call)])
(decorator (identifier) @call)
(import_statement source: (string (_) @import))
(export_statement source: (string (_) @import))
(call_expression function: (import) arguments: (arguments . (string (_) @import)))
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string (_) @import))
  (#eq? @_require "require"))
`

const markup = `
(jsx_opening_element name: (identifier) @call)
(jsx_self_closing_element name: (identifier) @call)
`

export const typescript = ecmascript
export const tsx = ecmascript + markup
export const javascript = ecmascript + markup

export const go = `
(call_expression function: [
  (identifier) @call
  (selector_expression field: (_) @call)
  (parenthesized_expression (identifier) @call)
])
(import_spec path: (_) @import)
`

export const rust = `
(call_expression function: [
  (identifier) @call
  (field_expression field: (field_identifier) @call)
  (scoped_identifier name: (_) @call)
  (generic_function function: [(identifier) @call (scoped_identifier name: (_) @call)])
])
(macro_invocation macro: [(identifier) @call (scoped_identifier name: (_) @call)])
(use_declaration argument: (_) @import)
(mod_item name: (_) @import !body)
`

export const java = `
(method_invocation name: (_) @call)
(method_reference (identifier) @call .)
(object_creation_expression type: [(type_identifier) @call (generic_type . (type_identifier) @call)])
(import_declaration [(scoped_identifier) (identifier)] @import)
`

export const cpp = `
(call_expression function: [
  (identifier) @call
  (field_expression field: (_) @call)
  (qualified_identifier name: (_) @call)
  (template_function name: (_) @call)
])
(new_expression type: (type_identifier) @call)
(preproc_include path: (_) @import)
`

export const csharp = `
(invocation_expression function: [(identifier) @call (member_access_expression name: (_) @call)])
(object_creation_expression type: (identifier) @call)
(using_directive (_) @import)
`

export const ruby = `
(call method: (_) @call)
(identifier) @call
(call
  method: (identifier) @_require
  arguments: (argument_list (string (string_content) @import))
  (#any-of? @_require "require" "require_relative" "load" "autoload"))
`

export const php = `
(function_call_expression function: [(name) @call (qualified_name (name) @call)])
(member_call_expression name: (_) @call)
(scoped_call_expression name: (_) @call)
(object_creation_expression (name) @call)
(namespace_use_clause (_) @import)
(require_expression (string (_) @import))
(require_once_expression (string (_) @import))
(include_expression (string (_) @import))
(include_once_expression (string (_) @import))
`

export const bash = `
(command name: (command_name) @call)
(command
  name: (command_name) @_source
  . argument: [(word) @import (string (string_content) @import)]
  (#any-of? @_source "." "source"))
`
