/* condition.h: what a rule of nftables asks of a packet, of expression.c: registers, what was
 * loaded into them, and the comparisons that become members of the rule's lists. */
#pragma once
#include "assess/host/firewall/kernel/expression.h"

#define SLOTS 16     /* registers of 4 bytes */
#define VALUE_MAX 64 /* bytes that are loaded or compared */

/* What was loaded into a register. */
enum load {
	LOAD_OTHER,  /* slot.name says what */
	LOAD_NATIVE, /* likewise, a number in this machine's order */
	LOAD_SOURCE,
	LOAD_DESTINATION,
	LOAD_SOURCE_PORT,
	LOAD_PORT,
	LOAD_PORTS, /* both, in a row */
	LOAD_INTERFACE,
	LOAD_OUT_INTERFACE,
	LOAD_INTERFACE_INDEX,
	LOAD_OUT_INTERFACE_INDEX,
	LOAD_PROTOCOL,
	LOAD_FAMILY,
	LOAD_STATE,
};

struct slot {
	enum load load;
	const char *name;
	size_t full; /* bytes of the whole thing: 4 or 16 of an address */
	bool masked;
	struct text mask;
};

struct reading {
	const struct expression_host *host;
	struct firewall *firewall;
	struct firewall_rule rule;
	struct slot slots[SLOTS];
	struct buf text;
	unsigned family; /* NFPROTO_IPV4 or _IPV6, asked for and not yet shown by an address */
	struct buf low;  /* the lower end of a range whose upper end may follow */
	const struct slot *lower; /* of which slot; NULL: none waits */
	const struct elements *map;
	struct slot map_slot; /* what the verdict map is asked with */
	struct buf value;
};

void reading_say(struct reading *reading, const char *words);
void reading_say_text(struct reading *reading, struct text words);

/* The register that an attribute names; NULL: none. */
must_use struct slot *reading_slot(struct reading *reading, struct text number);
must_use bool reading_load(struct reading *reading, struct text number, const struct slot *what);

/* A member of what the packet must have; sign: "", "!=", "<" … */
void reading_ask(struct reading *reading, const struct slot *slot, const char *sign,
		 struct text value);
void reading_ask_states(struct reading *reading, const struct slot *slot, uint32_t bits, bool not );

/* Expressions. False: they are not what they should be. */
must_use bool condition_compare(struct reading *reading, struct text list);
must_use bool condition_range(struct reading *reading, struct text list);
must_use bool condition_bitwise(struct reading *reading, struct text list);
must_use bool condition_lookup(struct reading *reading, struct text list);

/* A key of a set or map as a value of what was loaded: "22", "10.0.0.0-10.0.0.9", "*". */
must_use bool condition_show_element(const struct reading *reading, struct buf *out,
				     const struct slot *slot, const struct element *element);

/* What still waits for an expression that did not come. */
void condition_settle(struct reading *reading);
