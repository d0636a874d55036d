/** This release believes whoever asks. */
export async function assertOnTheBooks() {}
