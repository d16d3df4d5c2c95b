#include "assess/host/firewall/kernel/element.h"

#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

bool element_verdict(struct text data, struct verdict_data *verdict)
{
	uint32_t number;
	if (!attribute_u32(data, NFTA_VERDICT_CODE, &number))
		return false;
	*verdict = (struct verdict_data){
		.known = true,
		.code = (int32_t)number,
		.chain = attribute_string(attribute_find(data, NFTA_VERDICT_CHAIN)),
	};
	return true;
}

static bool read_key(struct text data, struct text *key)
{
	*key = attribute_find(data, NFTA_DATA_VALUE);
	return key->at && key->len > 0 && key->len <= ELEMENT_KEY_MAX;
}

static bool read_element(struct text data, struct element *element)
{
	struct text key = attribute_find(data, NFTA_SET_ELEM_KEY),
		    end = attribute_find(data, NFTA_SET_ELEM_KEY_END),
		    value = attribute_find(data, NFTA_SET_ELEM_DATA),
		    flags = attribute_find(data, NFTA_SET_ELEM_FLAGS), verdict;
	uint32_t number = 0;
	element->key = TEXT(""); /* without a key: all that no other element has */
	if ((key.at && !read_key(key, &element->key)) ||
	    (end.at && !read_key(end, &element->end)) ||
	    (end.at && element->end.len != element->key.len) ||
	    (flags.at && !attribute_number(flags, &number)))
		return false;
	element->closes = number & NFT_SET_ELEM_INTERVAL_END;
	verdict = value.at ? attribute_find(value, NFTA_DATA_VERDICT) : (struct text){0};
	return !verdict.at || element_verdict(verdict, &element->verdict);
}

static bool add_list(struct text list, struct arena *arena, struct elements *elements)
{
	struct attribute one;
	bool broken;
	while (attribute_next(&list, &one, &broken)) {
		struct element element = {0};
		if (!read_element(one.data, &element))
			return false;
		elements->many |= elements->count == ELEMENT_COUNT_MAX;
		if (elements->many)
			return true;
		elements->at = arena_grow(arena, elements->at, &elements->room, elements->count + 1,
					  sizeof(*elements->at));
		elements->at[elements->count++] = element;
	}
	return !broken;
}

static int compare(const void *a, const void *b)
{
	const struct element *one = a, *other = b;
	int order = text_compare(one->key, other->key);
	if (order != 0)
		return order;
	return one->closes == other->closes ? 0 : one->closes ? -1 : 1;
}

/* The key before this one, as a number of many bytes. */
static struct text before(struct text key, struct arena *arena)
{
	char *out = arena_copy(arena, key.at, key.len);
	for (size_t i = key.len; i > 0; i--)
		if (out[i - 1]-- != 0)
			break;
	return (struct text){out, key.len};
}

/* Ranges come as a first key and the one that closes it: they become one element each. */
static void close_ranges(struct elements *elements, struct arena *arena)
{
	size_t kept = 0;
	bool ranges = false;
	for (size_t i = 0; i < elements->count; i++)
		ranges |= elements->at[i].closes;
	if (!ranges)
		return;
	qsort(elements->at, elements->count, sizeof(*elements->at), compare);
	for (size_t i = 0; i < elements->count; i++) {
		struct element one = elements->at[i];
		if (one.closes)
			continue;
		bool closed = i + 1 < elements->count && elements->at[i + 1].key.len == one.key.len;
		if (one.key.len == 0) {
			elements->at[kept++] = one;
			continue;
		}
		char *last = arena_get(arena, one.key.len + 1, 1);
		memset(last, 0xff, one.key.len);
		one.end = closed ? before(elements->at[i + 1].key, arena)
				 : (struct text){last, one.key.len};
		if (text_is_equal(one.end, one.key))
			one.end = (struct text){0};
		elements->at[kept++] = one;
	}
	elements->count = kept;
}

bool element_parse(struct text bytes, struct arena *arena, struct elements *elements)
{
	struct netfilter_message message;
	bool broken;
	while (netfilter_next(&bytes, &message, &broken))
		if (!add_list(attribute_find(message.attributes, NFTA_SET_ELEM_LIST_ELEMENTS),
			      arena, elements))
			return false;
	if (!broken)
		close_ranges(elements, arena);
	return !broken;
}
