/* How messages begin that tell files after the beginning of a thread. */

export const nestedOpening = "Instructions of folders that the work has entered";
export const skillOpening = "The user names the skill";

/** Whether a text of the harness tells files, and not the surroundings or a checkpoint. */
export const tellsFiles = (text: string): boolean => text.startsWith(nestedOpening) || text.startsWith(skillOpening);
