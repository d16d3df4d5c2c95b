/* quantity.h: values as people write them: sizes, modes, versions, addresses; spans are in
 * base/time.h. */
#pragma once
#include "base/text.h"

/* "10M", "4k", "1g", "512": powers of 1024, either case, an optional "iB" or "B" behind; bytes. */
must_use bool quantity_read_size(struct text text, uint64_t *bytes);

/* "0640", "640", "4755": octal, at most 07777. */
must_use bool quantity_read_mode(struct text text, unsigned *mode);

/* Compares versions as dpkg does (deb-version(7): epoch, upstream, revision; ~ sorts first): <0, 0,
 * >0. Every text has a place in the order. */
must_use int quantity_compare_version(struct text a, struct text b);

/* An IPv4 or IPv6 address, or a network in CIDR form, as 16 bytes (IPv4 mapped) and prefix length.
 */
struct address {
	unsigned char bytes[16];
	unsigned prefix; /* of the 128 bits; 128 for an address alone */
};
must_use bool quantity_read_address(struct text text, struct address *address);
must_use bool quantity_is_within(const struct address *address, const struct address *network);

/* Whether the text matches a pattern with * (any run, '/' too), ? (one character) and \ (takes the
 * next literally); `caseless` folds ASCII. Linear in text times pattern. */
must_use bool quantity_is_wild_match(struct text pattern, struct text text, bool caseless);
