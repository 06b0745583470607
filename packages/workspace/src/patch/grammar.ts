/**
 * The patch format as a Lark grammar, for model interfaces whose freeform tools are constrained by one. It describes
 * what a model should write; `parsePatch` accepts a little more (padding, heredoc lines, several `@@` in a row).
 */
export const applyPatchGrammar = `start: BEGIN operation+ END
BEGIN: "*** Begin Patch" LF
END: "*** End Patch" LF?

?operation: add | delete | update
add: "*** Add File: " PATH LF added*
delete: "*** Delete File: " PATH LF
update: "*** Update File: " PATH LF move? hunk+
move: "*** Move to: " PATH LF

hunk: marker+ line+ eof? | line+ eof?
marker: "@@" LF | "@@ " TEXT LF
line: added | removed | kept
added: "+" TEXT? LF
removed: "-" TEXT? LF
kept: " " TEXT? LF
eof: "*** End of File" LF

PATH: /[^\\r\\n]+/
TEXT: /[^\\r\\n]+/
LF: /\\r?\\n/
`;
