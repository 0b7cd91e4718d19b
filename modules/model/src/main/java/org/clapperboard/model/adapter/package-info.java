/** Low-rank adapters: what a frozen part learns in place of its own weights. */
package org.clapperboard.model.adapter;
