#include "assess/probe/condition.h"

#include <string.h>

#include "assess/verdict/content.h"
#include "format/digest.h"
#include "format/quantity.h"
#include "format/regex.h"

const char *const condition_names[] = {"name", "size", "mode", "mtime", "digest", "content", NULL};

/* Conditions that must not hold: of the kinds that have a parameter for it. */
static const char *const inverse_names[CONDITION_KINDS] = {
	[CONDITION_NAME] = "no_name",
	[CONDITION_DIGEST] = "no_digest",
	[CONDITION_CONTENT] = "no_content",
};

struct condition {
	enum condition_kind kind;
	bool inverse; /* must not hold; of content: no line may match */
	struct text text;
	struct regex *regex; /* of name, mode, content */
	char sign;           /* of size and mtime: '<', '>' or '=' */
	int64_t number;      /* bytes, or microseconds */
	size_t digest;       /* its place in fileinfo_digests */
	unsigned char bytes[DIGEST_SIZE_MAX];
};

struct conditions {
	struct condition at[CONDITIONS_MAX];
	size_t count;
	bool mismatch[CONDITION_KINDS];
	bool every_line;
	uint64_t digests; /* all that are asked for, as bits */
};

static bool read_comparison(struct condition *condition, struct err *err)
{
	struct text rest = condition->text;
	bool size = condition->kind == CONDITION_SIZE;
	uint64_t bytes = 0;
	condition->sign = '=';
	if (rest.len > 0 && (rest.at[0] == '<' || rest.at[0] == '>' || rest.at[0] == '=')) {
		condition->sign = rest.at[0];
		rest = text_trim((struct text){rest.at + 1, rest.len - 1});
	}
	if (size && quantity_read_size(rest, &bytes) && bytes <= INT64_MAX) {
		condition->number = (int64_t)bytes;
		return true;
	}
	if (!size && time_read_span(rest, &condition->number) && condition->sign != '=')
		return true;
	return err_set(err, ERR_INPUT, "%s \"%.*s\": write %s", condition_names[condition->kind],
		       TEXT_ARG(condition->text),
		       size ? "\">1g\", \"<10k\" or \"512\""
			    : "\"<90d\" (changed within 90 days) or \">1h\"");
}

static bool read_digest(struct condition *condition, struct err *err)
{
	struct text rest = condition->text, name;
	if (text_next(&rest, ':', &name))
		for (size_t i = 0; i <= FILEINFO_DIGEST_LAST - FILEINFO_DIGEST_FIRST; i++) {
			if (!text_is(name, fileinfo_digests[i]))
				continue;
			if (!text_to_bytes(rest, condition->bytes,
					   digest_size(fileinfo_digests[i])))
				return err_set(err, ERR_INPUT,
					       "digest \"%.*s\": a %s has %zu hex digits",
					       TEXT_ARG(condition->text), fileinfo_digests[i],
					       2 * digest_size(fileinfo_digests[i]));
			condition->digest = i;
			return true;
		}
	return err_set(err, ERR_INPUT, "digest \"%.*s\": write md5:HEX, sha1:HEX, sha256:HEX, …",
		       TEXT_ARG(condition->text));
}

static bool read_condition(struct condition *condition, struct err *err)
{
	switch (condition->kind) {
	case CONDITION_NAME:
	case CONDITION_MODE:
	case CONDITION_CONTENT:
		condition->regex = regex_new(condition->text, REGEX_PLAIN, err);
		return condition->regex || err_add(err, "%s", condition_names[condition->kind]);
	case CONDITION_SIZE:
	case CONDITION_MTIME:
		return read_comparison(condition, err);
	case CONDITION_DIGEST:
		return read_digest(condition, err);
	case CONDITION_KINDS:
		break;
	}
	must(false);
	return false;
}

static bool read_kind(struct conditions *conditions, enum condition_kind kind,
		      const struct probe_setting *setting, bool inverse, struct err *err)
{
	for (size_t i = 0; setting && i < setting->count; i++) {
		if (conditions->count == CONDITIONS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d conditions", CONDITIONS_MAX);
		struct condition *condition = &conditions->at[conditions->count];
		*condition = (struct condition){
			.kind = kind, .inverse = inverse, .text = setting->list[i]};
		if (!read_condition(condition, err))
			return false;
		if (kind == CONDITION_DIGEST)
			conditions->digests |= UINT64_C(1) << condition->digest;
		conditions->count++;
	}
	return true;
}

static bool read_mismatch(struct conditions *conditions, const struct probe_setting *setting,
			  struct err *err)
{
	for (size_t i = 0; setting && i < setting->count; i++) {
		size_t kind = 0;
		while (kind < CONDITION_KINDS && !text_is(setting->list[i], condition_names[kind]))
			kind++;
		if (kind == CONDITION_KINDS)
			return err_set(err, ERR_INPUT,
				       "mismatch \"%.*s\": one of name, size, mode, mtime, "
				       "digest, content",
				       TEXT_ARG(setting->list[i]));
		conditions->mismatch[kind] = true;
	}
	return true;
}

struct conditions *conditions_new(const struct probe_call *call, struct err *err)
{
	scoped(conditions_free) struct conditions *conditions = mem_new(1, sizeof(*conditions));
	conditions->every_line = call_bool(call, "every_line", false);
	for (size_t kind = 0; kind < CONDITION_KINDS; kind++) {
		const char *inverse = inverse_names[kind];
		if (!read_kind(conditions, (enum condition_kind)kind,
			       probe_setting(call, condition_names[kind]), false, err) ||
		    (inverse && !read_kind(conditions, (enum condition_kind)kind,
					   probe_setting(call, inverse), true, err)))
			return NULL;
	}
	if (!read_mismatch(conditions, probe_setting(call, "mismatch"), err))
		return NULL;
	return take(&conditions);
}

void conditions_free(struct conditions **conditions)
{
	for (size_t i = 0; *conditions && i < (*conditions)->count; i++)
		regex_free(&(*conditions)->at[i].regex);
	mem_free(conditions);
}

/* Whether a yes is wanted of it. */
static bool is_wanted(const struct conditions *conditions, const struct condition *condition)
{
	return condition->inverse == conditions->mismatch[condition->kind];
}

bool conditions_name(struct conditions *conditions, struct text path)
{
	struct text name = fileinfo_name(path);
	for (size_t i = 0; i < conditions->count; i++) {
		struct condition *condition = &conditions->at[i];
		if (condition->kind == CONDITION_NAME &&
		    (regex_find(condition->regex, name, 0, NULL, NULL) == REGEX_YES) !=
			    is_wanted(conditions, condition))
			return false;
	}
	return true;
}

static bool compare(const struct condition *condition, int64_t number)
{
	if (condition->sign == '<')
		return number < condition->number;
	if (condition->sign == '>')
		return number > condition->number;
	return number == condition->number;
}

static bool has_mode(const struct condition *condition, const struct gather_stat *stat)
{
	char permissions[FILEINFO_PERMISSIONS_SIZE];
	fileinfo_put_permissions(stat, permissions);
	return regex_find(condition->regex, text_of(permissions), 0, NULL, NULL) == REGEX_YES;
}

/* The first that asks has all digests of the search made. */
static enum condition_answer has_digest(const struct conditions *conditions,
					const struct condition *condition, struct gather *gather,
					struct text path, const struct gather_stat *stat,
					struct text *why)
{
	struct fileinfo_digested digested = {.wants = conditions->digests};
	size_t size = digest_size(fileinfo_digests[condition->digest]);
	if (!fileinfo_digest(gather, path, stat, &digested, why))
		return CONDITION_FAILED;
	return digested.there && memcmp(digested.bytes[condition->digest], condition->bytes,
					size) == 0
		       ? CONDITION_YES
		       : CONDITION_NO;
}

/* One matching line is enough, or, with every_line, each must match. */
static enum condition_answer has_lines(const struct conditions *conditions,
				       struct condition *condition, const struct content *content,
				       struct evidence *where)
{
	size_t at = 0;
	uint64_t number = 0;
	struct text line;
	bool any = false, every = conditions->every_line && !condition->inverse;
	while (content_next(content, &at, &number, &line)) {
		enum regex_answer answer = regex_find(condition->regex, line, 0, NULL, NULL);
		if (answer == REGEX_RAN_AWAY)
			return CONDITION_FAILED;
		if (answer == REGEX_NO && every)
			return CONDITION_NO;
		if (answer == REGEX_NO)
			continue;
		if (!any && where->line == 0)
			*where = (struct evidence){content->path, number, line};
		any = true;
		if (!every)
			break;
	}
	return any ? CONDITION_YES : CONDITION_NO;
}

static enum condition_answer has_content(const struct conditions *conditions,
					 struct condition *condition, struct gather *gather,
					 const struct gather_stat *stat, struct evidence *where,
					 struct text *why)
{
	struct content content = {.path = where->path};
	enum gather_answer read = gather_read_once(gather, content.path, stat, &content.text, why);
	if (read != GATHER_OK)
		return read == GATHER_MISSING ? CONDITION_NO : CONDITION_FAILED;
	struct evidence found = *where;
	enum condition_answer answer = has_lines(conditions, condition, &content, &found);
	if (answer == CONDITION_FAILED)
		*why = print_text(gather, "%.*s: the expression \"%.*s\" ran away",
				  TEXT_ARG(content.path), TEXT_ARG(condition->text));
	bool shown = answer == CONDITION_YES && is_wanted(conditions, condition);
	if (shown && !where->line) {
		size_t len = text_cut(found.text, 4 * ITEM_EVIDENCE_TEXT_MAX);
		where->line = found.line;
		where->text = gather_is_secret(gather, content.path)
				      ? (struct text){0}
				      : arena_text(gather_arena(gather),
						   (struct text){found.text.at, len});
	}
	return answer;
}

static enum condition_answer holds(struct conditions *conditions, struct condition *condition,
				   struct gather *gather, const struct gather_stat *stat,
				   struct evidence *where, struct text *why)
{
	bool regular = stat->kind == GATHER_FILE;
	int64_t size = stat->size > INT64_MAX ? INT64_MAX : (int64_t)stat->size;
	bool truth = false;
	switch (condition->kind) {
	case CONDITION_NAME:
		return CONDITION_YES; /* conditions_name has seen to it */
	case CONDITION_SIZE:
		truth = compare(condition, size);
		break;
	case CONDITION_MODE:
		truth = has_mode(condition, stat);
		break;
	case CONDITION_MTIME:
		truth = compare(condition, gather_now_us(gather) - stat->mtime_us);
		break;
	case CONDITION_DIGEST:
		return regular ? has_digest(conditions, condition, gather, where->path, stat, why)
			       : CONDITION_NO;
	case CONDITION_CONTENT:
		return regular ? has_content(conditions, condition, gather, stat, where, why)
			       : CONDITION_NO;
	case CONDITION_KINDS:
		must(false);
	}
	return truth ? CONDITION_YES : CONDITION_NO;
}

enum condition_answer conditions_hold(struct conditions *conditions, struct gather *gather,
				      struct text path, const struct gather_stat *stat,
				      struct evidence *where, struct text *why)
{
	*where = (struct evidence){.path = path};
	for (size_t i = 0; i < conditions->count; i++) {
		struct condition *condition = &conditions->at[i];
		if (condition->kind == CONDITION_NAME)
			continue;
		enum condition_answer answer = holds(conditions, condition, gather, stat, where,
						     why);
		if (answer == CONDITION_FAILED)
			return answer;
		if ((answer == CONDITION_YES) != is_wanted(conditions, condition)) {
			*where = (struct evidence){.path = path}; /* no line speaks for it */
			return CONDITION_NO;
		}
	}
	return CONDITION_YES;
}
