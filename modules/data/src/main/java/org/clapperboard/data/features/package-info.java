/** What a frozen encoder makes of samples, stored beside them. */
package org.clapperboard.data.features;
