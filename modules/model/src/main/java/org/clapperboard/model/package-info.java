/**
 * VideoLLaMA 2: encoders, connector, projector, language model; prompt and tokenizer; weights under
 * their Hugging Face names; generation.
 */
package org.clapperboard.model;
