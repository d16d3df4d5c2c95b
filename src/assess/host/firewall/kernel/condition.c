#include "assess/host/firewall/kernel/condition.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#define SHOWN_MAX 16 /* elements of a set in a rule's text */

void reading_say(struct reading *reading, const char *words)
{
	reading_say_text(reading, (struct text){words, strlen(words)});
}

void reading_say_text(struct reading *reading, struct text words)
{
	if (words.len == 0)
		return;
	if (reading->text.len > 0)
		buf_char(&reading->text, ' ');
	buf_printable(&reading->text, words, 256);
}

/* -------- registers -------- */

struct slot *reading_slot(struct reading *reading, struct text number)
{
	uint32_t at;
	if (!number.at || number.len != 4 || !attribute_number(number, &at))
		return NULL;
	if (at >= NFT_REG_1 && at <= NFT_REG_4)
		return &reading->slots[(at - NFT_REG_1) * 4];
	return at >= NFT_REG32_00 && at <= NFT_REG32_15 ? &reading->slots[at - NFT_REG32_00] : NULL;
}

bool reading_load(struct reading *reading, struct text number, const struct slot *what)
{
	struct slot *slot = reading_slot(reading, number);
	if (slot)
		*slot = *what;
	return slot != NULL;
}

/* -------- values as text -------- */

static const struct {
	uint32_t bit;
	const char *name;
} states[] = {
	{1, "invalid"}, {2, "established"}, {4, "related"}, {8, "new"}, {64, "untracked"},
};

static unsigned prefix_of(const struct slot *slot, struct text bytes)
{
	unsigned bits = 0;
	if (!slot->masked)
		return (unsigned)bytes.len * 8;
	for (size_t i = 0; i < slot->mask.len; i++)
		for (unsigned bit = 0x80; bit > 0 && (unsigned char)slot->mask.at[i] & bit;
		     bit >>= 1)
			bits++;
	return bits;
}

static bool show_address(struct buf *out, const struct slot *slot, struct text bytes)
{
	unsigned char whole[16] = {0};
	char shown[INET6_ADDRSTRLEN] = "";
	if (bytes.len > slot->full || bytes.len == 0)
		return false;
	memcpy(whole, bytes.at, bytes.len);
	must(inet_ntop(slot->full == 4 ? AF_INET : AF_INET6, whole, shown, sizeof(shown)));
	buf_cstr(out, shown);
	unsigned prefix = prefix_of(slot, bytes);
	if (prefix < slot->full * 8)
		buf_print(out, "/%u", prefix);
	return true;
}

static bool show_number(struct buf *out, struct text bytes)
{
	uint32_t number;
	if (bytes.len == 0 || bytes.len > 4 || !attribute_number(bytes, &number))
		return false;
	buf_print(out, "%u", number);
	return true;
}

/* A name that ends with a NUL; without one the rest may be anything. */
static bool show_interface(struct buf *out, struct text bytes)
{
	struct text name = attribute_string(bytes);
	buf_printable(out, name, 64);
	if (name.len == bytes.len && bytes.len < 16)
		buf_char(out, '*');
	return true;
}

static bool show_index(const struct reading *reading, struct buf *out, struct text bytes)
{
	uint32_t index;
	if (bytes.len != sizeof(index))
		return false;
	memcpy(&index, bytes.at, sizeof(index)); /* in this machine's order */
	struct text name = reading->host->interface(reading->host->data, index);
	if (name.len > 0)
		buf_text(out, name);
	else
		buf_print(out, "%u", index);
	return true;
}

/* A number in this machine's order. */
static bool show_native(struct buf *out, struct text bytes)
{
	uint32_t number;
	if (bytes.len != sizeof(number))
		return false;
	memcpy(&number, bytes.at, sizeof(number));
	buf_print(out, "%u", number);
	return true;
}

static void show_bytes(struct buf *out, struct text bytes)
{
	char hex[2 * VALUE_MAX + 1];
	text_put_hex(bytes.at, bytes.len < VALUE_MAX ? bytes.len : VALUE_MAX, hex);
	buf_print(out, "0x%s", hex);
}

/* False: these bytes are no value of that. */
static bool show(const struct reading *reading, struct buf *out, const struct slot *slot,
		 struct text bytes)
{
	uint32_t number = 0;
	switch (slot->load) {
	case LOAD_SOURCE:
	case LOAD_DESTINATION:
		return show_address(out, slot, bytes);
	case LOAD_SOURCE_PORT:
	case LOAD_PORT:
		return show_number(out, bytes);
	case LOAD_INTERFACE:
	case LOAD_OUT_INTERFACE:
		return show_interface(out, bytes);
	case LOAD_INTERFACE_INDEX:
	case LOAD_OUT_INTERFACE_INDEX:
		return show_index(reading, out, bytes);
	case LOAD_PROTOCOL:
		if (bytes.len != 1 || !attribute_number(bytes, &number))
			return false;
		buf_text(out, firewall_protocol(reading->firewall->arena, number));
		return true;
	case LOAD_NATIVE:
		return show_native(out, bytes);
	case LOAD_STATE:
	case LOAD_FAMILY:
	case LOAD_PORTS:
	case LOAD_OTHER:
		break;
	}
	if (bytes.len > 2 || !show_number(out, bytes))
		show_bytes(out, bytes);
	return true;
}

/* -------- what the rule asks -------- */

static struct firewall_list *list_of(struct firewall_rule *rule, enum load load)
{
	switch (load) {
	case LOAD_SOURCE:
		return &rule->sources;
	case LOAD_DESTINATION:
		return &rule->destinations;
	case LOAD_SOURCE_PORT:
		return &rule->source_ports;
	case LOAD_PORT:
		return &rule->ports;
	case LOAD_INTERFACE:
	case LOAD_INTERFACE_INDEX:
		return &rule->interfaces;
	case LOAD_OUT_INTERFACE:
	case LOAD_OUT_INTERFACE_INDEX:
		return &rule->out_interfaces;
	case LOAD_PROTOCOL:
		return &rule->protocols;
	case LOAD_STATE:
		return &rule->states;
	case LOAD_FAMILY:
	case LOAD_PORTS:
	case LOAD_NATIVE:
	case LOAD_OTHER:
		break;
	}
	return &rule->conditions;
}

/* What only prepares the ground for "tcp dport" is not said twice. */
static void unsay_protocol(struct reading *reading)
{
	scoped(buf_end) struct buf said = {0};
	buf_print(&said, "meta l4proto %.*s", TEXT_ARG(reading->rule.protocols.at[0]));
	struct buf *text = &reading->text;
	if (!text_ends(buf_view(text), said.at))
		return;
	text->len -= said.len;
	text->len -= text->len > 0;
	text->at[text->len] = '\0';
}

/* "ip saddr", "tcp dport" */
static void say_name(struct reading *reading, const struct slot *slot)
{
	const struct firewall_list *protocols = &reading->rule.protocols;
	bool port = slot->load == LOAD_PORT || slot->load == LOAD_SOURCE_PORT;
	if (port && protocols->count == 1)
		unsay_protocol(reading);
	if (port)
		reading_say_text(reading, protocols->count == 1 ? protocols->at[0] : TEXT("th"));
	reading_say(reading, slot->name);
}

/* One more member of what the packet must (or, not: may not) have. */
void reading_ask(struct reading *reading, const struct slot *slot, const char *sign,
		 struct text value)
{
	scoped(buf_end) struct buf entry = {0};
	struct firewall_list *list = list_of(&reading->rule, slot->load);
	if (list == &reading->rule.conditions) {
		buf_cstr(&entry, slot->name);
		if (slot->masked) {
			buf_cstr(&entry, " & ");
			show_bytes(&entry, slot->mask);
			buf_cstr(&entry, sign[0] == '\0' ? " ==" : "");
		}
		buf_char(&entry, ' ');
	}
	buf_cstr(&entry, strcmp(sign, "!=") == 0 && list != &reading->rule.conditions ? "!" : sign);
	buf_text(&entry, value);
	firewall_put(reading->firewall, list, buf_view(&entry));
	if (list == &reading->rule.conditions) {
		reading_say_text(reading, buf_view(&entry));
		return;
	}
	say_name(reading, slot);
	if (sign[0] != '\0')
		reading_say(reading, sign);
	reading_say_text(reading, value);
}

static bool is_address(const struct slot *slot)
{
	return slot->load == LOAD_SOURCE || slot->load == LOAD_DESTINATION;
}

/* A lower end that no upper end followed. */
static void settle_low(struct reading *reading)
{
	if (reading->lower)
		reading_ask(reading, reading->lower, ">=", buf_view(&reading->low));
	reading->lower = NULL;
}

static void settle_family(struct reading *reading)
{
	static const struct slot slot = {.name = "meta nfproto"};
	if (reading->family != 0)
		reading_ask(reading, &slot, "",
			    reading->family == NFPROTO_IPV4 ? TEXT("ipv4") : TEXT("ipv6"));
	reading->family = 0;
}

/* Which states the bits are. */
void reading_ask_states(struct reading *reading, const struct slot *slot, uint32_t bits, bool not )
{
	scoped(buf_end) struct buf shown = {0}, entry = {0};
	for (size_t i = 0; i < array_len(states); i++) {
		if (!(bits & states[i].bit))
			continue;
		buf_clear(&entry);
		buf_print(&entry, "%s%s", not ? "!" : "", states[i].name);
		firewall_put(reading->firewall, &reading->rule.states, buf_view(&entry));
		buf_print(&shown, "%s%s", shown.len > 0 ? "," : "", states[i].name);
	}
	reading_say(reading, slot->name);
	reading_say(reading, not ? "!=" : "");
	reading_say_text(reading, buf_view(&shown));
}

static bool compare_states(struct reading *reading, const struct slot *slot, uint32_t op,
			   struct text bytes)
{
	uint32_t number, mask = 0;
	if (bytes.len != sizeof(number) || (slot->masked && slot->mask.len != sizeof(mask)))
		return false;
	memcpy(&number, bytes.at, sizeof(number)); /* in this machine's order */
	if (slot->masked)
		memcpy(&mask, slot->mask.at, sizeof(mask));
	if (slot->masked && number == 0)
		reading_ask_states(reading, slot, mask, op == NFT_CMP_EQ);
	else
		reading_ask_states(reading, slot, number, op == NFT_CMP_NEQ);
	return true;
}

static bool compare_family(struct reading *reading, const struct slot *slot, uint32_t op,
			   struct text bytes)
{
	unsigned char family = bytes.len == 1 ? (unsigned char)bytes.at[0] : 0;
	if (op == NFT_CMP_EQ && (family == NFPROTO_IPV4 || family == NFPROTO_IPV6)) {
		reading->family = family;
		return true;
	}
	scoped(buf_end) struct buf value = {0};
	show_bytes(&value, bytes);
	reading_ask(reading, slot, op == NFT_CMP_EQ ? "" : "!=", buf_view(&value));
	return true;
}

/* Both ends of a range, as two comparisons. */
static bool compare_ends(struct reading *reading, const struct slot *slot, uint32_t op,
			 struct text value)
{
	static const char *const signs[] = {
		[NFT_CMP_LT] = "<", [NFT_CMP_LTE] = "<=", [NFT_CMP_GT] = ">"};
	scoped(buf_end) struct buf range = {0};
	if (op == NFT_CMP_GTE) {
		settle_low(reading);
		buf_clear(&reading->low);
		buf_text(&reading->low, value);
		reading->lower = slot;
		return true;
	}
	if (op == NFT_CMP_LTE && reading->lower == slot) {
		reading->lower = NULL;
		buf_text(&range, buf_view(&reading->low));
		buf_char(&range, '-');
		buf_text(&range, value);
		reading_ask(reading, slot, "", buf_view(&range));
		return true;
	}
	settle_low(reading);
	reading_ask(reading, slot, signs[op], value);
	return true;
}

/* -------- expressions -------- */

static bool read_value(struct text list, unsigned type, struct text *value)
{
	struct text data = attribute_find(list, type);
	*value = data.at ? attribute_find(data, NFTA_DATA_VALUE) : data;
	return value->at && value->len > 0 && value->len <= VALUE_MAX;
}

/* Whether the protocol is of the family that was asked for, and of no other. */
static bool is_own_protocol(const struct reading *reading, struct text bytes)
{
	unsigned number = (unsigned char)bytes.at[0];
	return (reading->family == NFPROTO_IPV4 && number == 1) ||
	       (reading->family == NFPROTO_IPV6 && number == 58);
}

bool condition_compare(struct reading *reading, struct text list)
{
	struct slot *slot = reading_slot(reading, attribute_find(list, NFTA_CMP_SREG));
	struct text bytes;
	uint32_t op;
	if (!slot || !attribute_u32(list, NFTA_CMP_OP, &op) || op > NFT_CMP_GTE ||
	    !read_value(list, NFTA_CMP_DATA, &bytes))
		return false;
	bool equal = op == NFT_CMP_EQ || op == NFT_CMP_NEQ;
	if (equal && slot->load == LOAD_STATE)
		return compare_states(reading, slot, op, bytes);
	if (slot->load == LOAD_FAMILY)
		return compare_family(reading, slot, op, bytes);
	scoped(buf_end) struct buf value = {0};
	if (!show(reading, &value, slot, bytes))
		return false;
	if (is_address(slot) || (slot->load == LOAD_PROTOCOL && is_own_protocol(reading, bytes)))
		reading->family = 0;
	if (!equal)
		return compare_ends(reading, slot, op, buf_view(&value));
	settle_low(reading);
	reading_ask(reading, slot, op == NFT_CMP_EQ ? "" : "!=", buf_view(&value));
	return true;
}

bool condition_range(struct reading *reading, struct text list)
{
	struct slot *slot = reading_slot(reading, attribute_find(list, NFTA_RANGE_SREG));
	struct text from, to;
	uint32_t op;
	scoped(buf_end) struct buf value = {0};
	if (!slot || !attribute_u32(list, NFTA_RANGE_OP, &op) ||
	    !read_value(list, NFTA_RANGE_FROM_DATA, &from) ||
	    !read_value(list, NFTA_RANGE_TO_DATA, &to) || !show(reading, &value, slot, from))
		return false;
	buf_char(&value, '-');
	if (!show(reading, &value, slot, to))
		return false;
	if (is_address(slot))
		reading->family = 0;
	reading_ask(reading, slot, op == NFT_RANGE_EQ ? "" : "!=", buf_view(&value));
	return true;
}

bool condition_bitwise(struct reading *reading, struct text list)
{
	const struct slot *from = reading_slot(reading, attribute_find(list, NFTA_BITWISE_SREG));
	struct text mask;
	if (!from)
		return false;
	struct slot slot = *from;
	uint32_t op = 0;
	bool plain = !attribute_find(list, NFTA_BITWISE_OP).at ||
		     (attribute_u32(list, NFTA_BITWISE_OP, &op) && op == 0);
	if (plain && read_value(list, NFTA_BITWISE_MASK, &mask)) {
		slot.masked = true;
		slot.mask = mask;
	} else {
		slot.load = LOAD_OTHER;
	}
	return reading_load(reading, attribute_find(list, NFTA_BITWISE_DREG), &slot);
}

/* How many bits both ends of a range share, where it is a network; else 0. */
static unsigned common_prefix(const struct element *element)
{
	unsigned bits = 0, limit = (unsigned)element->key.len * 8;
	const char *from = element->key.at, *to = element->end.at;
	while (bits < limit && !((from[bits / 8] ^ to[bits / 8]) & (0x80 >> bits % 8)))
		bits++;
	for (unsigned i = bits; i < limit; i++)
		if (from[i / 8] & (0x80 >> i % 8) || !(to[i / 8] & (0x80 >> i % 8)))
			return 0;
	return bits;
}

/* A key of an element, and where it ends: "10.0.0.0-10.0.0.9". */
bool condition_show_element(const struct reading *reading, struct buf *out, const struct slot *slot,
			    const struct element *element)
{
	uint32_t number = 0;
	if (slot->load == LOAD_STATE && element->key.len == sizeof(number)) {
		memcpy(&number, element->key.at, sizeof(number));
		for (size_t i = 0; i < array_len(states); i++)
			if (number == states[i].bit)
				buf_cstr(out, states[i].name);
		return true;
	}
	if (element->key.len == 0) {
		buf_char(out, '*');
		return true;
	}
	if (!show(reading, out, slot, element->key))
		return false;
	if (!element->end.at)
		return true;
	unsigned prefix = is_address(slot) ? common_prefix(element) : 0;
	if (prefix > 0) {
		buf_print(out, "/%u", prefix);
		return true;
	}
	buf_char(out, '-');
	return show(reading, out, slot, element->end);
}

/* Whether the set's keys are of this register alone. */
static bool is_of_slot(const struct slot *slot, const struct elements *elements)
{
	bool name = slot->load == LOAD_INTERFACE || slot->load == LOAD_OUT_INTERFACE;
	size_t limit = name || slot->full == 16 ? 16 : 4;
	bool fits = slot->load != LOAD_PORTS && slot->load != LOAD_FAMILY;
	for (size_t i = 0; i < elements->count && fits; i++)
		fits = elements->at[i].key.len <= limit;
	return fits;
}

/* Each is a member; those of a set without a name stand in the text, too. */
static bool ask_elements(struct reading *reading, const struct slot *slot,
			 const struct elements *elements, bool not, struct buf *shown)
{
	struct firewall_list *list = list_of(&reading->rule, slot->load);
	bool apart = list != &reading->rule.conditions;
	for (size_t i = 0; i < elements->count; i++) {
		struct buf *value = &reading->value;
		buf_clear(value);
		buf_cstr(value, not ? "!" : "");
		if (!condition_show_element(reading, value, slot, &elements->at[i]))
			return false;
		if (apart)
			firewall_put(reading->firewall, list, buf_view(value));
		if (i < SHOWN_MAX)
			buf_print(shown, "%s%s", i > 0 ? ", " : "", value->at + not );
	}
	buf_cstr(shown, elements->count > SHOWN_MAX ? ", …" : "");
	return true;
}

/* "{ 22, 80 }" where the set has no name of its own, and "@name" where it has. */
static bool ask_set(struct reading *reading, const struct slot *slot, struct text name,
		    const struct elements *elements, bool not )
{
	scoped(buf_end) struct buf shown = {0}, set = {0};
	bool whole = elements && !elements->many && is_of_slot(slot, elements);
	buf_char(&set, '@');
	buf_printable(&set, name, NFT_NAME_MAXLEN);
	if (!whole || !text_starts(name, "__")) {
		struct slot other = {.name = slot->name};
		reading_ask(reading, elements && !whole && !elements->many ? &other : slot,
			    not ? "!=" : "", buf_view(&set));
		return !whole || ask_elements(reading, slot, elements, not, &shown);
	}
	if (!ask_elements(reading, slot, elements, not, &shown))
		return false;
	buf_clear(&set);
	buf_print(&set, "%s{ %s }", not ? "!= " : "", shown.at);
	if (list_of(&reading->rule, slot->load) == &reading->rule.conditions) {
		reading_ask(reading, slot, "", buf_view(&set));
		return true;
	}
	say_name(reading, slot);
	reading_say_text(reading, buf_view(&set));
	return true;
}

bool condition_lookup(struct reading *reading, struct text list)
{
	struct text name = attribute_string(attribute_find(list, NFTA_LOOKUP_SET));
	const struct slot *slot = reading_slot(reading, attribute_find(list, NFTA_LOOKUP_SREG));
	uint32_t flags = 0, to = NFT_REG_1;
	if (!slot || name.len == 0)
		return false;
	(void)!attribute_u32(list, NFTA_LOOKUP_FLAGS, &flags);
	bool map = attribute_u32(list, NFTA_LOOKUP_DREG, &to);
	const struct elements *elements = reading->host->elements(reading->host->data, name);
	if (is_address(slot))
		reading->family = 0;
	if (!map)
		return ask_set(reading, slot, name, elements, flags & NFT_LOOKUP_F_INV);
	if (to == NFT_REG_VERDICT && elements && !elements->many && is_of_slot(slot, elements)) {
		reading->map = elements;
		reading->map_slot = *slot;
		return true;
	}
	struct slot other = {.name = slot->name};
	scoped(buf_end) struct buf shown = {0};
	buf_cstr(&shown, to == NFT_REG_VERDICT ? "vmap @" : "map @");
	buf_printable(&shown, name, NFT_NAME_MAXLEN);
	reading_ask(reading, &other, "", buf_view(&shown));
	if (to == NFT_REG_VERDICT)
		reading->rule.verdict = TEXT("vmap");
	return to == NFT_REG_VERDICT ||
	       reading_load(reading, attribute_find(list, NFTA_LOOKUP_DREG), &other);
}

void condition_settle(struct reading *reading)
{
	settle_low(reading);
	settle_family(reading);
}
