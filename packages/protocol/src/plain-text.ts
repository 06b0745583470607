/*
 * Text from commands, files and models must not be able to move the cursor, change colours, reorder what is read or type
 * for the user, on a terminal or in a file that is looked at later.
 */

export const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** How a character without ink is written. */
export const characterCode = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}>`;

/** What joins the parts of an emoji, or letters of scripts that need it, has its place there and only there. */
const inEmoji = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}#*\d])(?:\u200d|\ufe0e|\ufe0f){1,3}/u;
const inWords =
  /(?<=[\p{L}\p{M}])(?<![\u0000-\u02ff]|\p{Default_Ignorable_Code_Point})[\u200c\u200d](?=[\p{L}\p{M}])(?!\p{Default_Ignorable_Code_Point})/u;
/** Without ink, or reordering what stands beside it. Blanks of all kinds are left: prose has them. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufff9-\ufffb]/u;
const prose = new RegExp(`(${inEmoji.source}|${inWords.source})|${unseen.source}`, "gu");

/** Ordinary output for reading. What is not for eyes is shown by its code. Tabs and newlines stay. */
export const plainText = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replaceAll("\r", "\n")
    .replaceAll("\u001b", "␛")
    .replace(controls, "\ufffd")
    .replace(prose, (found: string, kept: string | undefined) => kept ?? characterCode(found));
