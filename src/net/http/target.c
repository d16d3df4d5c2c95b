#include "net/http/target.h"

static bool read_hex(char digit, unsigned *value)
{
	if (digit >= '0' && digit <= '9')
		*value = (unsigned)(digit - '0');
	else if (digit >= 'a' && digit <= 'f')
		*value = (unsigned)(digit - 'a' + 10);
	else if (digit >= 'A' && digit <= 'F')
		*value = (unsigned)(digit - 'A' + 10);
	else
		return false;
	return true;
}

/* One character from raw at *at; *at moves behind it. */
static bool decode_char(struct text raw, size_t *at, bool plus, char *c)
{
	unsigned high, low;
	*c = raw.at[(*at)++];
	if (plus && *c == '+')
		*c = ' ';
	if (*c != '%')
		return *c != '\0';
	if (raw.len - *at < 2 || !read_hex(raw.at[*at], &high) || !read_hex(raw.at[*at + 1], &low))
		return false;
	*at += 2;
	*c = (char)(high * 16 + low);
	return *c != '\0';
}

static bool decode(struct text raw, bool plus, struct arena *arena, struct text *out,
		   struct err *err)
{
	char *bytes = arena_get(arena, raw.len + 1, 1);
	size_t len = 0;
	for (size_t at = 0; at < raw.len; len++)
		if (!decode_char(raw, &at, plus, &bytes[len]))
			return err_set(
				err, ERR_INPUT,
				"a broken escape in the address; write %%25 for a %% of its own");
	*out = (struct text){bytes, len};
	if (!text_is_utf8(*out))
		return err_set(err, ERR_INPUT,
			       "the address is not UTF-8 once its escapes are undone");
	return true;
}

static bool parse_path(struct text rest, struct arena *arena, struct target *target,
		       struct err *err)
{
	struct text part;
	while (text_next(&rest, '/', &part)) {
		if (part.len == 0 && rest.len == 0)
			break; /* the slash at the end, or "/" alone */
		if (target->segment_count == TARGET_SEGMENTS_MAX)
			return err_set(err, ERR_LIMIT, "a path of more than %d parts",
				       TARGET_SEGMENTS_MAX);
		struct text *segment = &target->segments[target->segment_count];
		if (!decode(part, false, arena, segment, err))
			return false;
		if (segment->len == 0 || text_is(*segment, ".") || text_is(*segment, ".."))
			return err_set(err, ERR_INPUT,
				       "an empty part, \".\" or \"..\" in the path");
		target->segment_count++;
	}
	return true;
}

static bool parse_args(struct text rest, struct arena *arena, struct target *target,
		       struct err *err)
{
	struct text part, name;
	while (text_next(&rest, '&', &part)) {
		if (part.len == 0)
			continue;
		if (target->arg_count == TARGET_ARGS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d arguments in the address",
				       TARGET_ARGS_MAX);
		struct target_arg *arg = &target->args[target->arg_count];
		if (!text_next(&part, '=', &name))
			continue;
		if (!decode(name, true, arena, &arg->name, err) ||
		    !decode(part, true, arena, &arg->value, err))
			return false;
		target->arg_count++;
	}
	return true;
}

bool target_parse(struct text raw, struct arena *arena, struct target *target, struct err *err)
{
	struct target parsed = {0};
	struct text rest = raw;
	if (raw.len == 0 || raw.at[0] != '/')
		return err_set(err, ERR_INPUT, "the address of a request begins with a slash");
	if (arena_left(arena) < 4 * raw.len + 4096)
		return err_set(err, ERR_LIMIT, "an address of %zu bytes", raw.len);
	if (!text_next(&rest, '?', &parsed.path))
		return err_set(err, ERR_INPUT, "the address is empty");
	struct text path = {parsed.path.at + 1, parsed.path.len - 1};
	if (!parse_path(path, arena, &parsed, err) || !parse_args(rest, arena, &parsed, err))
		return false;
	*target = parsed;
	return true;
}

struct text target_arg(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->arg_count; i++)
		if (text_is(target->args[i].name, name))
			return target->args[i].value;
	return (struct text){0};
}
