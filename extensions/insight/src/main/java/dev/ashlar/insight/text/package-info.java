/** Text of reports. */
package dev.ashlar.insight.text;
