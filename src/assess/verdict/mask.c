#include "assess/verdict/mask.h"

#include <string.h>

#include "base/buf.h"

#define KEY_LINE_MIN 60 /* letters of a line in a private key's armour */

/* Names whose value is a secret; a name counts when it ends with one of them, whatever stands
 * before. */
#define NAME(text) text, sizeof(text) - 1
static const struct {
	const char *name;
	size_t len;
	const char *marks; /* what may stand between it and the value; ' ' is any white space */
} names[] = {
	{NAME("password"), "=:"},      {NAME("passwd"), "="},        {NAME("passphrase"), "=: "},
	{NAME("pass"), "="},           {NAME("pwd"), "="},           {NAME("secret"), "=:"},
	{NAME("secret_key"), "=:"},    {NAME("secretkey"), "=:"},    {NAME("token"), "=:"},
	{NAME("api_key"), "=:"},       {NAME("apikey"), "=:"},       {NAME("api-key"), "=:"},
	{NAME("access_key"), "=:"},    {NAME("accesskey"), "=:"},    {NAME("private_key"), "=:"},
	{NAME("privatekey"), "=:"},    {NAME("credential"), "=:"},   {NAME("credentials"), "=:"},
	{NAME("authorization"), "=:"}, {NAME("requirepass"), " =:"}, {NAME("masterauth"), " =:"},
	{NAME("bindpw"), " =:"},       {NAME("rootpw"), " =:"},      {NAME("psk"), "=:"},
	{NAME("presharedkey"), "=:"},  {NAME("community"), "=:"},    {NAME("rocommunity"), " "},
	{NAME("rwcommunity"), " "},
};

/* Tokens that say by their beginning what they are. */
static const struct {
	const char *start;
	size_t len;   /* of the beginning */
	size_t least; /* letters behind it, at least */
} tokens[] = {
	{NAME("AKIA"), 16},     {NAME("ASIA"), 16},  {NAME("ghp_"), 20},
	{NAME("gho_"), 20},     {NAME("ghs_"), 20},  {NAME("github_pat_"), 20},
	{NAME("glpat-"), 16},   {NAME("xoxb-"), 16}, {NAME("xoxp-"), 16},
	{NAME("eyJ"), 30},      {NAME("AIza"), 30},  {NAME("sk_live_"), 16},
	{NAME("rk_live_"), 16}, {NAME("SG."), 20},
};

/* What is no secret though it stands in a secret's place. */
static const char *const harmless[] = {"yes",  "no", "true", "false", "none", "null",
				       "\"\"", "''", "*",    "x",     "!",    "!!"};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == '/' || c == '+' || c == '=';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct text from(struct text text, size_t at)
{
	return (struct text){text.at + at, text.len - at};
}

/* How long the value at the beginning of rest is: a quoted one to its quote, else to a space, comma
 * or semicolon. */
static size_t value_len(struct text rest)
{
	if (rest.len == 0)
		return 0;
	char quote = rest.at[0] == '"' || rest.at[0] == '\'' ? rest.at[0] : 0;
	const char *end = quote ? memchr(rest.at + 1, quote, rest.len - 1) : NULL;
	if (quote)
		return end ? (size_t)(end - rest.at) + 1 : rest.len;
	size_t len = 0;
	while (len < rest.len && !is_space(rest.at[len]) && !strchr(",;&\r\n", rest.at[len]))
		len++;
	return len;
}

static bool is_harmless(struct text value)
{
	for (size_t i = 0; i < array_len(harmless); i++)
		if (text_is_alike(value, text_of(harmless[i])))
			return true;
	return value.len == 0 || (value.len == 1 && value.at[0] >= '0' && value.at[0] <= '9');
}

/* A secret found: bytes begin..end of the text. */
struct found {
	size_t begin, end;
};

/* Where the value behind a name begins: behind its mark, or behind space where a space is a mark.
 * 0: nowhere. */
static size_t value_begin(struct text text, size_t behind, const char *marks)
{
	bool marked = false, spaced = false;
	if (behind < text.len && (text.at[behind] == '"' || text.at[behind] == '\''))
		behind++; /* "password": … */
	for (; behind < text.len; behind++) {
		char c = text.at[behind];
		spaced |= is_space(c);
		if (!is_space(c) && (marked || !strchr("=:", c) || !strchr(marks, c)))
			break;
		marked |= !is_space(c);
	}
	return marked || (spaced && strchr(marks, ' ')) ? behind : 0;
}

static bool find_named(struct text text, size_t at, size_t name, struct found *found)
{
	size_t len = names[name].len, behind = at + len;
	if (behind >= text.len || (text.at[at] | 0x20) != names[name].name[0] ||
	    is_letter(text.at[behind]) ||
	    !text_is_alike((struct text){text.at + at, len}, text_of(names[name].name)))
		return false;
	size_t begin = value_begin(text, behind, names[name].marks);
	if (begin == 0)
		return false;
	size_t value = value_len(from(text, begin));
	bool all = text_is(text_of(names[name].name), "authorization");
	*found = (struct found){begin, all ? text.len : begin + value};
	return !is_harmless((struct text){text.at + begin, value});
}

static bool find_hash(struct text text, size_t at, struct found *found)
{
	if (text.at[at] != '$')
		return false;
	size_t end = at + 1;
	while (end < text.len && is_letter(text.at[end]))
		end++;
	if (end == at + 1 || end - at > 12 || end >= text.len || text.at[end] != '$')
		return false;
	size_t begin = ++end;
	while (end < text.len && (is_word(text.at[end]) || strchr("$,", text.at[end])))
		end++;
	*found = (struct found){begin, end};
	return end - begin >= 8;
}

static bool find_token(struct text text, size_t at, struct found *found)
{
	if (at > 0 && is_letter(text.at[at - 1]))
		return false;
	for (size_t i = 0; i < array_len(tokens); i++) {
		if (text.at[at] != tokens[i].start[0] ||
		    !text_starts(from(text, at), tokens[i].start))
			continue;
		size_t begin = at + tokens[i].len, end = begin;
		while (end < text.len && is_word(text.at[end]))
			end++;
		*found = (struct found){begin, end};
		if (end - begin >= tokens[i].least)
			return true;
	}
	return false;
}

/* scheme://user:SECRET@host */
static bool find_url(struct text text, size_t at, struct found *found)
{
	if (text.at[at] != ':' || !text_starts(from(text, at), "://"))
		return false;
	size_t colon = 0, end = at + 3;
	for (; end < text.len && !is_space(text.at[end]) && !strchr("/?#\"'@", text.at[end]); end++)
		if (text.at[end] == ':' && colon == 0)
			colon = end;
	*found = (struct found){colon + 1, end};
	return colon > 0 && end < text.len && text.at[end] == '@' && end > colon + 1;
}

static bool find_bearer(struct text text, size_t at, struct found *found)
{
	struct text rest = from(text, at);
	if (rest.len < 16 || (rest.at[0] | 0x20) != 'b' ||
	    !text_is_alike((struct text){rest.at, 7}, TEXT("bearer ")))
		return false;
	*found = (struct found){at + 7, at + 7 + value_len(from(text, at + 7))};
	return found->end - found->begin >= 8;
}

#define SECOND(c) (1u << ((c) - 'a'))

/* Letters that come second in a name or a token, by the first; without regard to case. Most bytes
 * of most texts begin none, and are passed by at this one look. */
static const uint32_t seconds['z' - 'a' + 1] = {
	['a' - 'a'] = SECOND('c') | SECOND('i') | SECOND('k') | SECOND('p') | SECOND('s') |
		      SECOND('u'),
	['b' - 'a'] = SECOND('e') | SECOND('i'),
	['c' - 'a'] = SECOND('o') | SECOND('r'),
	['e' - 'a'] = SECOND('y'),
	['g' - 'a'] = SECOND('h') | SECOND('i') | SECOND('l'),
	['m' - 'a'] = SECOND('a'),
	['p' - 'a'] = SECOND('a') | SECOND('r') | SECOND('s') | SECOND('w'),
	['r' - 'a'] = SECOND('e') | SECOND('k') | SECOND('o') | SECOND('w'),
	['s' - 'a'] = SECOND('e') | SECOND('g') | SECOND('k'),
	['t' - 'a'] = SECOND('o'),
	['x' - 'a'] = SECOND('o'),
};

/* Whether a secret, or its name, may begin with these two bytes. */
static bool may_begin(char first, char second)
{
	unsigned one = (unsigned)((first | 0x20) - 'a'), two = (unsigned)((second | 0x20) - 'a');
	if (one < array_len(seconds))
		return two < array_len(seconds) && (seconds[one] >> two & 1);
	return first == '$' || (first == ':' && second == '/');
}

static bool find_secret(struct text text, size_t at, struct found *found)
{
	if (at + 1 == text.len || !may_begin(text.at[at], text.at[at + 1]))
		return false;
	if (find_hash(text, at, found) || find_url(text, at, found) ||
	    find_token(text, at, found) || find_bearer(text, at, found))
		return true;
	for (size_t i = 0; i < array_len(names); i++)
		if (find_named(text, at, i, found))
			return true;
	return false;
}

bool mask_is_secret(struct text name)
{
	for (size_t i = 0; i < array_len(names); i++) {
		size_t len = names[i].len;
		if (name.len >= len && text_is_alike((struct text){name.at + name.len - len, len},
						     text_of(names[i].name)))
			return true;
	}
	return false;
}

/* A line of a private key's armour, or its first. */
static bool is_key_line(struct text text)
{
	struct text line = text_trim(text);
	size_t at;
	if (text_find(line, TEXT("PRIVATE KEY-----"), &at))
		return true;
	bool upper = false, lower = false;
	for (size_t i = 0; i < line.len; i++) {
		char c = line.at[i];
		upper |= c >= 'A' && c <= 'Z';
		lower |= c >= 'a' && c <= 'z';
		if (!is_letter(c) && c != '+' && c != '/' && c != '=')
			return false;
	}
	return line.len >= KEY_LINE_MIN && upper && lower;
}

struct text mask_text(struct text text, struct arena *arena)
{
	if (text.len > 0 && is_key_line(text))
		return TEXT(MASK_TEXT);
	scoped(buf_end) struct buf out = {0};
	size_t copied = 0;
	for (size_t at = 0; at < text.len;) {
		struct found found;
		if (!find_secret(text, at, &found)) {
			at++;
			continue;
		}
		buf_add(&out, text.at + copied, found.begin - copied);
		buf_cstr(&out, MASK_TEXT);
		copied = at = found.end;
	}
	if (copied == 0)
		return text;
	buf_add(&out, text.at + copied, text.len - copied);
	return arena_text(arena, buf_view(&out));
}
