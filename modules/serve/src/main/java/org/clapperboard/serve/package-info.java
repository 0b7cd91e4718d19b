/**
 * An exported model behind a server: OpenAI's chat completions, and a page to talk with it.
 *
 * <p>One thread has the model. What waits for it and may go together goes as one batch.
 */
package org.clapperboard.serve;
