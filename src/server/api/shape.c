#include "server/api/shape.h"

#include <string.h>

/* A member's type: text int bool time, any (an object), Shape; a list has [] around it; a '?'
 * behind it: may be null or missing. */
static const struct shape shapes[] = {
	{"Problem", "type text title text status int detail text errors [Finding]?"},
	{"Finding", "line int column int detail text"},
	{"Login", "secret text"},
	{"Session", "name text role text expires time?"},
	{"Link", "url text expires time"},
	{"Counts",
	 "pass int fail int error int not_applicable int waived int unknown int pending int"},
	{"Walls", "landlock_abi int seccomp bool"},
	{"Watch", "names int looked_at int why text who text defects int since time? defect text? "
		  "defect_at time?"},
	{"Host",
	 "id text name text os [text] os_name text os_version text kernel text arch text "
	 "addresses [text] agent_version text tags any status text trust text enrolled time "
	 "last_seen time? required text? achieved text counts Counts walls Walls "
	 "watch Watch?"},
	{"Tags", "set any? unset [text]?"},
	{"EnrolmentOrder", "uses int? ttl_s int?"},
	{"Enrolment", "token text expires time"},
	{"ItemPolicy", "name text level text url text"},
	{"ItemTest", "type text value text"},
	{"ItemCheck", "ref text name text description text location text test ItemTest"},
	{"Evidence", "path text? line int? text text?"},
	{"Item", "target text utctimestamp time compliance bool link text policy ItemPolicy "
		 "check ItemCheck id text status text reason text evidence [Evidence] agent text "
		 "action text duration_us int truncated bool? tags any by Actor? waiver Waived?"},
	{"Actor", "process text? pid int command text? uid int? login_uid int?"},
	{"Change", "id text agent text target text policy text ref text name text level text "
		   "from text to text utctimestamp time by Actor?"},
	{"HostSums", "total int online int offline int meeting int below int not_required int"},
	{"Levels", "none int low int medium int high int maximum int"},
	{"Summary", "generated time hosts HostSums achieved Levels required Levels counts Counts "
		    "policies [any] failures [any] changes [Change] flapping int"},
	{"Check", "policy text? ref text statement text? level text name text description text "
		  "rationale text remediation text frameworks any"},
	{"DocumentOrder", "name text text text dry_run bool?"},
	{"Document",
	 "name text policy text url text target text revision int sha256 text pushed time "
	 "by text hosts int statements any checks [Check] text text? conflicts [any]?"},
	{"RequirementOrder", "query text level text"},
	{"Requirement", "query text level text by text since time"},
	{"WaiverOrder", "policy text ref text hosts text until text why text"},
	{"Waiver", "id text policy text ref text hosts text why text by text created time "
		   "until time ended time? ended_by text? status text"},
	{"Waived", "id text until time why text by text status text reason text"},
	{"TokenOrder", "name text role text"},
	{"Token", "id text name text role text created time last_used time? token text?"},
	{"PolicyText", "name text text text"},
	{"ActionOrder", "target text policies [PolicyText]? wait_s int?"},
	{"ActionHost", "id text name text status text"},
	{"Action", "id text created time? by text? target text? expires time hosts [ActionHost]? "
		   "items [Item]? stream int?"},
};

const struct shape *shape_table(size_t *count)
{
	*count = array_len(shapes);
	return shapes;
}

const struct shape *shape_find(struct text name)
{
	for (size_t i = 0; i < array_len(shapes); i++)
		if (text_is(name, shapes[i].name))
			return &shapes[i];
	return NULL;
}

bool shape_next(struct text *rest, struct shape_member *member)
{
	struct text name, type;
	if (!text_word(rest, &name))
		return false;
	must(text_word(rest, &type));
	*member = (struct shape_member){.name = name};
	member->is_optional = text_ends(type, "?");
	type.len -= member->is_optional ? 1 : 0;
	member->is_list = text_starts(type, "[");
	if (member->is_list)
		type = (struct text){type.at + 1, type.len - 2};
	member->type = type;
	return true;
}

bool shape_is_within(const char *outer, const char *name)
{
	if (strcmp(outer, name) == 0)
		return true;
	const struct shape *shape = shape_find(text_of(outer));
	struct shape_member member;
	must(shape);
	for (struct text rest = text_of(shape->members); shape_next(&rest, &member);) {
		const struct shape *inner = shape_find(member.type);
		if (inner && shape_is_within(inner->name, name))
			return true;
	}
	return false;
}

static bool find_member(const struct shape *shape, struct text key, struct shape_member *member)
{
	struct text rest = text_of(shape->members);
	while (shape_next(&rest, member))
		if (text_is_equal(member->name, key))
			return true;
	return false;
}

/* `unknown key "untill"; did you mean "until"?`, or which keys there are. */
static bool refuse_key(const struct shape *shape, struct text key, struct err *err)
{
	scoped(buf_end) struct buf shown = {0}, all = {0};
	size_t far = near_begin(key).far;
	struct text rest = text_of(shape->members), best = {0};
	struct shape_member member;
	while (shape_next(&rest, &member)) {
		size_t distance = text_distance(key, member.name);
		buf_print(&all, "%s%.*s", all.len > 0 ? ", " : "", TEXT_ARG(member.name));
		if (distance >= far)
			continue;
		far = distance;
		best = member.name;
	}
	buf_printable(&shown, key, 60);
	if (best.at)
		return err_set(err, ERR_INPUT, "unknown key \"%.*s\"; did you mean \"%.*s\"?",
			       TEXT_ARG(buf_view(&shown)), TEXT_ARG(best));
	return err_set(err, ERR_INPUT, "unknown key \"%.*s\"; known here: %s",
		       TEXT_ARG(buf_view(&shown)), all.at);
}

static const struct {
	const char *type;
	enum json_kind kind;
	const char *one, *many;
} plain[] = {
	{"text", JSON_TEXT, "a text", "texts"},
	{"time", JSON_TEXT, "a time", "times"},
	{"int", JSON_INT, "a whole number", "whole numbers"},
	{"bool", JSON_BOOL, "true or false", "true or false"},
	{"any", JSON_OBJECT, "an object", "objects"},
};

static size_t plain_of(struct text type)
{
	for (size_t i = 0; i < array_len(plain); i++)
		if (text_is(type, plain[i].type))
			return i;
	return array_len(plain) - 1; /* a shape is an object */
}

static bool check_object(const struct json *object, const struct shape *shape, struct err *err);

static bool refuse_type(const struct shape_member *member, struct err *err)
{
	size_t kind = plain_of(member->type);
	return err_set(err, ERR_INPUT, "the body's \"%.*s\" must be %s%s", TEXT_ARG(member->name),
		       member->is_list ? "a list of " : "",
		       member->is_list ? plain[kind].many : plain[kind].one);
}

static bool check_one(const struct json *value, const struct shape_member *member, struct err *err)
{
	const struct shape *shape = shape_find(member->type);
	if (json_kind(value) != plain[plain_of(member->type)].kind)
		return refuse_type(member, err);
	if (shape && !check_object(value, shape, err))
		return err_add(err, "in \"%.*s\"", TEXT_ARG(member->name));
	return true;
}

static bool check_member(const struct json *value, const struct shape_member *member,
			 struct err *err)
{
	if (!value && member->is_optional)
		return true;
	if (!member->is_list)
		return check_one(value, member, err);
	if (json_kind(value) != JSON_LIST)
		return refuse_type(member, err);
	for (size_t i = 0; i < json_count(value); i++)
		if (!check_one(json_at(value, i), member, err))
			return false;
	return true;
}

static bool check_object(const struct json *object, const struct shape *shape, struct err *err)
{
	void *state = NULL;
	struct text key;
	const struct json *value;
	struct shape_member member;
	while (json_next(object, &state, &key, &value))
		if (!find_member(shape, key, &member))
			return refuse_key(shape, key, err);
		else if (!check_member(value, &member, err))
			return false;
	return true;
}

bool shape_check(const struct json *body, const char *name, struct err *err)
{
	const struct shape *shape = shape_find(text_of(name));
	must(shape);
	return check_object(body, shape, err);
}
