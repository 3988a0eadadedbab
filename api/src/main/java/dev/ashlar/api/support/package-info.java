/** What allocators and pools share with the decorators of this module. For those who write one, not for their users. */
package dev.ashlar.api.support;
