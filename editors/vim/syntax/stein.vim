" Syntax of stein scripts and rule files.
if exists("b:current_syntax")
  finish
endif

syntax match steinComment "#.*$"
syntax match steinHeading "^##.*$"
syntax region steinString start=+"+ skip=+\\"+ end=+"+ oneline
syntax match steinCommand "^\s*\(prove\|check\|derive\|let\|assume\|forget\)\>"
syntax match steinEntry "^\(theory\|rule\|law\|function\)\>"
syntax match steinKey "^\s\+\(when\|wrong\|says\|source\|tag\|direction\|domain\|support\|density\|log density\|cdf\|quantile\|mean\|variance\|standard\|derivative\|definition\|formula\|value\|parity\|regularity\)\>"
syntax keyword steinWord given where and is in for vanishes
syntax keyword steinClass measurable jump lipschitz smooth
syntax match steinLaw "[~∼]\s*\zs[A-Z][A-Za-z]*"
syntax match steinNotation "\<\(E\|Var\|Cov\|KL\|D\|S\)\ze[_\[(^ ]"
syntax match steinNotation "[∇∂∫Δ]"
syntax match steinEscape "\\[A-Za-z]\+"
syntax match steinFunction "\<[a-z][A-Za-z0-9]*\ze'*("
syntax match steinNumber "\<[0-9]\+\(\.[0-9]\+\)\?\([eE][+-]\?[0-9]\+\)\?"

highlight default link steinComment Comment
highlight default link steinHeading Title
highlight default link steinString String
highlight default link steinCommand Statement
highlight default link steinEntry Structure
highlight default link steinKey Keyword
highlight default link steinWord Keyword
highlight default link steinClass Type
highlight default link steinLaw Type
highlight default link steinNotation Operator
highlight default link steinEscape Special
highlight default link steinFunction Function
highlight default link steinNumber Number

let b:current_syntax = "stein"
