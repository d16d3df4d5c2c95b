#include "assess/probe/software/pins.h"

#include <string.h>

#include "format/quantity.h"

#define PRIORITY_MAX 32767 /* of apt's short */

/* -------- files -------- */

static bool take_field(struct text line, const char *key, struct text *value)
{
	struct text rest = line, own;
	if (!text_next(&rest, ':', &own) || !text_is_alike(text_trim(own), text_of(key)) ||
	    !rest.at)
		return false;
	*value = text_trim(rest);
	return true;
}

/* A stanza while its lines come. */
struct stanza {
	struct text packages, pin, priority;
};

static bool take_kind(struct text *rest, enum pins_kind *kind)
{
	static const char *const words[] = {
		[PINS_RELEASE] = "release", [PINS_ORIGIN] = "origin", [PINS_VERSION] = "version"};
	struct text word;
	if (!text_word(rest, &word))
		return false;
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is_alike(word, text_of(words[i]))) {
			*kind = (enum pins_kind)i;
			*rest = text_trim(*rest);
			return true;
		}
	return false;
}

/* Regular expressions, and names of sources. */
static bool is_odd(const struct pin *pin)
{
	struct text rest = pin->packages, word;
	while (text_word(&rest, &word))
		if (text_starts(word, "/") || text_starts(word, "src:"))
			return true;
	return text_find(pin->value, TEXT("/"), &(size_t){0}) || pin->packages.len == 0;
}

static void end_stanza(struct stanza *stanza, struct arena *arena, struct pins *pins)
{
	struct pin pin = {.packages = stanza->packages, .value = stanza->pin};
	int64_t priority = 0;
	bool any = stanza->packages.at || stanza->pin.at || stanza->priority.at;
	bool good = take_kind(&pin.value, &pin.kind);
	if (text_is_alike(stanza->priority, TEXT("never")))
		priority = PINS_NEVER;
	else
		good &= text_to_i64(stanza->priority, -PRIORITY_MAX - 1, PRIORITY_MAX, &priority);
	pin.priority = (int32_t)priority;
	*stanza = (struct stanza){0};
	if (!any)
		return;
	pins->odd |= !good || is_odd(&pin);
	pins->full |= pins->count == PINS_MAX;
	if (pins->odd || pins->full)
		return;
	pins->at = arena_grow(arena, pins->at, &pins->room, pins->count + 1, sizeof(*pins->at));
	pins->at[pins->count++] = pin;
}

void pins_parse(struct text content, struct arena *arena, struct pins *pins)
{
	struct stanza stanza = {0};
	struct text line, value;
	while (text_next(&content, '\n', &line)) {
		if (text_starts(line, "#"))
			continue;
		if (text_trim(line).len == 0)
			end_stanza(&stanza, arena, pins);
		else if (line.at[0] == ' ' || line.at[0] == '\t')
			pins->odd = true; /* a field that goes on */
		else if (take_field(line, "Package", &value))
			stanza.packages = value;
		else if (take_field(line, "Pin", &value))
			stanza.pin = value;
		else if (take_field(line, "Pin-Priority", &value))
			stanza.priority = value;
	}
	end_stanza(&stanza, arena, pins);
}

/* -------- versions -------- */

static struct text unquote(struct text text)
{
	if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
		return (struct text){text.at + 1, text.len - 2};
	return text;
}

static bool is_wild(struct text pattern, struct text text)
{
	return quantity_is_wild_match(pattern, text.at ? text : TEXT(""), true);
}

/* a=stable, o=Debian: each must be so. One word alone is a suite, codename or version. */
static bool is_release(struct text value, const struct pins_source *source)
{
	const struct {
		char key;
		struct text own;
	} keys[] = {
		{'a', source->suite},  {'n', source->codename}, {'v', source->version},
		{'o', source->origin}, {'l', source->label},    {'c', source->component},
	};
	struct text part, rest, key;
	while (text_next(&value, ',', &part)) {
		rest = part = text_trim(part);
		if (!text_next(&rest, '=', &key) || key.len == part.len) {
			if (!is_wild(part, source->suite) && !is_wild(part, source->codename) &&
			    !is_wild(part, source->version))
				return false;
			continue;
		}
		bool holds = false;
		for (size_t i = 0; i < array_len(keys) && key.len == 1; i++)
			holds |= keys[i].key == key.at[0] && is_wild(unquote(rest), keys[i].own);
		if (!holds)
			return false;
	}
	return true;
}

static bool is_meant(const struct pin *pin, struct text version, const struct pins_source *source)
{
	switch (pin->kind) {
	case PINS_RELEASE:
		return is_release(pin->value, source);
	case PINS_ORIGIN:
		return is_wild(unquote(pin->value), source->site);
	case PINS_VERSION:
		return is_wild(pin->value, version);
	}
	never("a kind of pin");
}

static bool is_general(const struct pin *pin)
{
	return text_is(pin->packages, "*");
}

static bool names_package(const struct pin *pin, struct text package)
{
	struct text rest = pin->packages, word;
	while (text_word(&rest, &word))
		if (is_wild(word, package))
			return true;
	return false;
}

bool pins_find(const struct pins *pins, struct text package, struct text version,
	       const struct pins_source *source, int32_t *priority)
{
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < pins->count; i++) {
			const struct pin *pin = &pins->at[i];
			bool general = round == 1;
			bool asked = general ? pin->kind != PINS_VERSION
					     : names_package(pin, package);
			if (is_general(pin) != general || !asked || !is_meant(pin, version, source))
				continue;
			*priority = pin->priority;
			return true;
		}
	return false;
}
