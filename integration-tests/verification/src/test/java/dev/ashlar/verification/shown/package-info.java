/**
 * The code that Javadoc and pages show, compiled and run. A snippet in Javadoc names a region of a class in here; an
 * example on a page is one of the regions, under the imports that it needs.
 */
package dev.ashlar.verification.shown;
