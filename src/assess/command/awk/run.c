#include <string.h>

#include "assess/command/awk/awk.h"

#define ARENA_MAX (64u * 1024 * 1024)
#define ARENA_USUAL (1024u * 1024) /* used up by so much, it is begun anew with the next record */

bool awk_is_over(const struct awk *awk)
{
	return awk->unknown || awk->failed || awk->exits;
}

static struct awk_cell number_cell(double number)
{
	return (struct awk_cell){.kind = CELL_NUMBER, .number = number};
}

static struct text keep(struct awk *awk, struct text text)
{
	if (arena_left(awk->arena) < text.len + 65536) {
		awk->unknown = true;
		return TEXT("");
	}
	return arena_text(awk->arena, text);
}

/* -------- fields -------- */

static void add_field(struct awk *awk, struct text field)
{
	if (awk->field_count == AWK_FIELDS_MAX) {
		awk->unknown = true;
		return;
	}
	awk->fields = mem_grow(awk->fields, &awk->field_room, awk->field_count + 1,
			       sizeof(*awk->fields));
	awk->fields[awk->field_count++] = field;
}

static void split_by_regex(struct awk *awk, struct regex *regex)
{
	struct text text = awk->record;
	size_t from = 0, begin, end;
	enum regex_answer answer = REGEX_NO;
	while (from < text.len && !awk->unknown &&
	       (answer = regex_find(regex, text, from, &begin, &end)) == REGEX_YES && end > begin) {
		add_field(awk, (struct text){text.at + from, begin - from});
		from = end;
	}
	awk->unknown |= answer == REGEX_RAN_AWAY;
	if (text.len > 0)
		add_field(awk, (struct text){text.at + from, text.len - from});
}

static void split_by_char(struct awk *awk, char mark)
{
	struct text rest = awk->record;
	if (rest.len == 0)
		return;
	for (;;) {
		const char *end = memchr(rest.at, mark, rest.len);
		size_t len = end ? (size_t)(end - rest.at) : rest.len;
		add_field(awk, (struct text){rest.at, len});
		if (!end || awk->unknown)
			return;
		rest = (struct text){end + 1, rest.len - len - 1};
	}
}

static void split_by_blanks(struct awk *awk)
{
	struct text text = awk->record;
	for (size_t at = 0; at < text.len && !awk->unknown;) {
		size_t from = at;
		while (at < text.len && !strchr(" \t\n", text.at[at]))
			at++;
		if (at > from)
			add_field(awk, (struct text){text.at + from, at - from});
		while (at < text.len && text.at[at] && strchr(" \t\n", text.at[at]))
			at++;
		if (at < text.len && !text.at[at]) { /* a NUL belongs to the field */
			awk->unknown = true;
			return;
		}
	}
}

/* FS as an expression, made when it is first needed. */
static struct regex *separator(struct awk *awk, struct text fs)
{
	scoped(buf_end) struct buf out = {0};
	struct err err;
	if (awk->separator && text_is_equal(awk->separator_text, fs))
		return awk->separator;
	regex_free(&awk->separator);
	if (pattern_translate(fs, awk->program->gawk ? PATTERN_GAWK : PATTERN_MAWK, &out) &&
	    !pattern_is_ambiguous(buf_view(&out)))
		awk->separator = regex_new(buf_view(&out), REGEX_PLAIN, &err);
	awk->separator_text = fs;
	awk->unknown |= !awk->separator;
	return awk->separator;
}

static void split(struct awk *awk)
{
	if (awk->split)
		return;
	awk->split = true;
	awk->field_count = 0;
	struct text fs = awk_text(awk, awk->variables[VARIABLE_FS]);
	if (fs.len == 1 && fs.at[0] != ' ' && fs.at[0] != '\\') {
		split_by_char(awk, fs.at[0]);
	} else if (text_is(fs, " ")) {
		split_by_blanks(awk);
	} else {
		struct regex *regex = fs.len > 0 ? separator(awk, fs) : NULL;
		awk->unknown |= !regex;
		if (regex)
			split_by_regex(awk, regex);
	}
}

static void rebuild(struct awk *awk)
{
	scoped(buf_end) struct buf out = {0};
	struct text ofs = awk_text(awk, awk->variables[VARIABLE_OFS]);
	for (size_t i = 0; i < awk->field_count; i++) {
		if (i > 0)
			buf_text(&out, ofs);
		buf_text(&out, awk->fields[i]);
	}
	awk->record = keep(awk, buf_view(&out));
}

static struct awk_cell field_value(struct awk *awk, const struct awk_node *node)
{
	double index = awk_number(awk_value(awk, node->left));
	if (index == 0)
		return (struct awk_cell){.kind = CELL_LIKELY, .text = awk->record};
	split(awk);
	if (!(index >= 1) || index > AWK_FIELDS_MAX) {
		awk->unknown = true;
		return (struct awk_cell){0};
	}
	if (index > (double)awk->field_count) /* mawk's is a text, gawk's is nothing yet */
		return (struct awk_cell){.kind = awk->program->gawk ? CELL_NONE : CELL_LIKELY,
					 .text = TEXT("")};
	return (struct awk_cell){.kind = CELL_LIKELY, .text = awk->fields[(size_t)index - 1]};
}

/* -------- variables -------- */

void awk_set(struct awk *awk, size_t variable, struct awk_cell cell)
{
	if (cell.kind == CELL_TEXT || cell.kind == CELL_LIKELY) {
		struct buf copy = {0};
		buf_text(&copy, cell.text);
		buf_end(&awk->kept[variable]);
		awk->kept[variable] = copy;
		cell.text = buf_view(&awk->kept[variable]);
	}
	awk->variables[variable] = cell;
	/* a new number of fields would make a new record */
	awk->unknown |= variable == VARIABLE_NF;
}

static struct awk_cell variable_value(struct awk *awk, size_t variable)
{
	if (variable == VARIABLE_NF) {
		split(awk);
		return number_cell((double)awk->field_count);
	}
	awk->unknown |= awk->program->arrays[variable];
	return awk->variables[variable];
}

/* -------- arrays -------- */

struct element {
	struct awk_cell cell;
	struct buf kept;
};

static struct element *element(struct awk *awk, size_t array, struct text subscript, bool make)
{
	scoped(buf_end) struct buf key = {0};
	buf_print(&key, "%zu:", array);
	buf_text(&key, subscript);
	struct element *found = map_get(awk->elements, buf_view(&key));
	if (found || !make)
		return found;
	if (++awk->element_count > AWK_ELEMENTS_MAX) {
		awk->failed = native_fail(awk->said->answer,
					  TEXT("awk: arrays of more than 1000000 elements"));
		return NULL;
	}
	found = mem_new(1, sizeof(*found));
	map_put(awk->elements, buf_view(&key), found);
	return found;
}

static void set_element(struct awk *awk, const struct awk_node *node, struct awk_cell cell)
{
	struct text subscript = awk_text(awk, awk_value(awk, node->left));
	struct element *it = element(awk, node->variable, subscript, true);
	if (!it)
		return;
	if (cell.kind == CELL_TEXT || cell.kind == CELL_LIKELY) {
		struct buf copy = {0};
		buf_text(&copy, cell.text);
		buf_end(&it->kept);
		it->kept = copy;
		cell.text = buf_view(&it->kept);
	}
	it->cell = cell;
}

static struct awk_cell element_value(struct awk *awk, const struct awk_node *node)
{
	struct text subscript = awk_text(awk, awk_value(awk, node->left));
	struct element *it = element(awk, node->variable, subscript, true);
	return it ? it->cell : (struct awk_cell){0};
}

static void set_field(struct awk *awk, const struct awk_node *node, struct awk_cell cell)
{
	double index = awk_number(awk_value(awk, node->left));
	struct text text = keep(awk, awk_text(awk, cell));
	if (index == 0) {
		awk->record = text;
		awk->split = false;
		return;
	}
	split(awk);
	if (!(index >= 1) || index > AWK_FIELDS_MAX) {
		awk->unknown = true;
		return;
	}
	while (awk->field_count < (size_t)index)
		add_field(awk, TEXT(""));
	awk->fields[(size_t)index - 1] = text;
	rebuild(awk);
}

void awk_assign(struct awk *awk, const struct awk_node *target, struct awk_cell cell)
{
	if (target->kind == AWK_FIELD)
		set_field(awk, target, cell);
	else if (target->kind == AWK_ELEMENT)
		set_element(awk, target, cell);
	else
		awk_set(awk, target->variable, cell);
}

/* -------- expressions -------- */

static double calculate(struct awk *awk, char op, double left, double right)
{
	switch (op) {
	case '+':
		return left + right;
	case '-':
		return left - right;
	case '*':
		return left * right;
	default:
		break;
	}
	bool whole = awk_whole(left) == left && awk_whole(right) == right && left < 1e15 &&
		     left > -1e15 && right < 1e15 && right > -1e15;
	if (right == 0 || (op == '%' && !whole)) { /* of 0, awk would stop with a complaint */
		awk->unknown = true;
		return 0;
	}
	return op == '/' ? left / right : (double)((int64_t)left % (int64_t)right);
}

static struct awk_cell assign(struct awk *awk, const struct awk_node *node)
{
	struct awk_cell cell = awk_value(awk, node->right);
	if (node->op)
		cell = number_cell(calculate(awk, node->op, awk_number(awk_value(awk, node->left)),
					     awk_number(cell)));
	if (cell.kind == CELL_TEXT || cell.kind == CELL_LIKELY)
		cell.text = keep(awk, cell.text); /* it may be the variable's own */
	awk_assign(awk, node->left, cell);
	return cell;
}

static struct awk_cell step(struct awk *awk, const struct awk_node *node)
{
	double before = awk_number(awk_value(awk, node->left));
	double after = before + (node->op == '+' ? 1 : -1);
	awk_assign(awk, node->left, number_cell(after));
	return number_cell(node->before ? after : before);
}

static bool matches(struct awk *awk, const struct awk_node *node, struct text text)
{
	scoped(regex_free) struct regex *own = NULL;
	struct regex *regex = node->kind == AWK_REGEX ? node->regex : NULL;
	struct err err;
	if (!regex) { /* a text is an expression, too */
		scoped(buf_end) struct buf out = {0};
		struct text pattern = awk_text(awk, awk_value(awk, node));
		if (pattern_translate(pattern, awk->program->gawk ? PATTERN_GAWK : PATTERN_MAWK,
				      &out))
			own = regex_new(buf_view(&out), REGEX_NO_JIT, &err);
		regex = own;
	}
	enum regex_answer answer = regex ? regex_find(regex, text, 0, NULL, NULL) : REGEX_RAN_AWAY;
	awk->unknown |= answer == REGEX_RAN_AWAY;
	return answer == REGEX_YES;
}

static bool compare(struct awk *awk, const struct awk_node *node)
{
	struct awk_cell left = awk_value(awk, node->left), right = awk_value(awk, node->right);
	int order = awk_compare(awk, left, right);
	switch (node->op) {
	case '<':
		return order < 0;
	case 'l':
		return order <= 0;
	case '>':
		return order > 0;
	case 'g':
		return order >= 0;
	case '=':
		return order == 0;
	default:
		return order != 0;
	}
}

static struct awk_cell concat(struct awk *awk, const struct awk_node *node)
{
	scoped(buf_end) struct buf out = {0};
	buf_text(&out, awk_text(awk, awk_value(awk, node->left)));
	buf_text(&out, awk_text(awk, awk_value(awk, node->right)));
	return (struct awk_cell){.kind = CELL_TEXT, .text = keep(awk, buf_view(&out))};
}

static bool truth(struct awk *awk, const struct awk_node *node)
{
	return awk_truth(awk_value(awk, node));
}

/* What is true or false. */
static bool decide(struct awk *awk, const struct awk_node *node)
{
	switch ((int)node->kind) {
	case AWK_REGEX:
		return matches(awk, node, awk->record);
	case AWK_OR:
		return truth(awk, node->left) || truth(awk, node->right);
	case AWK_AND:
		return truth(awk, node->left) && truth(awk, node->right);
	case AWK_IN:
		return element(awk, node->variable, awk_text(awk, awk_value(awk, node->left)),
			       false) != NULL;
	case AWK_MATCH:
		return matches(awk, node->right, awk_text(awk, awk_value(awk, node->left)));
	case AWK_NO_MATCH:
		return !matches(awk, node->right, awk_text(awk, awk_value(awk, node->left)));
	case AWK_COMPARE:
		return compare(awk, node);
	default:
		return !truth(awk, node->left);
	}
}

struct awk_cell awk_value(struct awk *awk, const struct awk_node *node)
{
	if (awk->unknown || awk->failed)
		return (struct awk_cell){0};
	switch ((int)node->kind) {
	case AWK_NUMBER:
		return number_cell(node->number);
	case AWK_STRING:
		return (struct awk_cell){.kind = CELL_TEXT, .text = node->text};
	case AWK_FIELD:
		return field_value(awk, node);
	case AWK_VARIABLE:
		return variable_value(awk, node->variable);
	case AWK_ELEMENT:
		return element_value(awk, node);
	case AWK_ASSIGN:
		return assign(awk, node);
	case AWK_CHOICE:
		return awk_value(awk, truth(awk, node->left) ? node->right : node->third);
	case AWK_CONCAT:
		return concat(awk, node);
	case AWK_SUM:
		return number_cell(calculate(awk, node->op, awk_number(awk_value(awk, node->left)),
					     awk_number(awk_value(awk, node->right))));
	case AWK_MINUS:
		return number_cell(-awk_number(awk_value(awk, node->left)));
	case AWK_PLUS:
		return number_cell(awk_number(awk_value(awk, node->left)));
	case AWK_STEP:
		return step(awk, node);
	case AWK_CALL:
		return awk_call(awk, node);
	default:
		return number_cell(decide(awk, node) ? 1 : 0);
	}
}

/* -------- statements -------- */

static void print(struct awk *awk, const struct awk_node *node)
{
	if (!node->left)
		said_text(awk->said, awk->record);
	for (const struct awk_node *item = node->left; item; item = item->next) {
		struct text text = awk_text(awk, awk_value(awk, item));
		if (awk_is_over(awk))
			return;
		said_text(awk->said, text);
		if (item->next)
			said_text(awk->said, awk_text(awk, awk->variables[VARIABLE_OFS]));
	}
	said_text(awk->said, awk_text(awk, awk->variables[VARIABLE_ORS]));
}

static void run_list(struct awk *awk, const struct awk_node *list);

static void run(struct awk *awk, const struct awk_node *node)
{
	switch ((int)node->kind) {
	case AWK_PRINT:
		print(awk, node);
		break;
	case AWK_PRINTF:
		awk_printf(awk, node->left);
		break;
	case AWK_IF:
		run_list(awk, truth(awk, node->left) ? node->right : node->third);
		break;
	case AWK_NEXT:
		awk->next = true;
		awk->unknown |= awk->ending;
		break;
	case AWK_EXIT:
		if (node->left)
			awk->status = (int)awk_number(awk_value(awk, node->left)) & 255;
		awk->exits = true;
		break;
	default:
		awk->unknown |= awk_value(awk, node->left).kind == CELL_NONE && awk->failed;
		break;
	}
}

static void run_list(struct awk *awk, const struct awk_node *list)
{
	for (; list && !awk_is_over(awk) && !awk->next; list = list->next)
		run(awk, list);
}

static void apply(struct awk *awk, struct awk_rule *rule)
{
	bool holds = rule->kind == RULE_ALWAYS;
	if (rule->kind == RULE_WHEN)
		holds = truth(awk, rule->from);
	if (rule->kind == RULE_RANGE) {
		holds = rule->inside || truth(awk, rule->from);
		rule->inside = holds && !truth(awk, rule->to);
	}
	if (!holds || awk_is_over(awk))
		return;
	if (rule->has_action)
		run_list(awk, rule->action);
	else
		print(awk, &(struct awk_node){.kind = AWK_PRINT});
}

static void run_kind(struct awk *awk, int kind)
{
	struct awk_program *program = awk->program;
	for (size_t i = 0; i < program->rule_count && !awk_is_over(awk); i++)
		if ((int)program->rules[i].kind == kind)
			run_list(awk, program->rules[i].action);
}

void awk_begin(struct awk *awk)
{
	awk->elements = map_new();
	awk->arena = arena_new(ARENA_MAX);
	awk->record = TEXT("");
	awk->ending = true;
	run_kind(awk, RULE_BEGIN);
	awk->ending = false;
}

void awk_record(struct awk *awk, struct text record)
{
	struct awk_program *program = awk->program;
	if (arena_used(awk->arena) > ARENA_USUAL) {
		arena_free(&awk->arena);
		awk->arena = arena_new(ARENA_MAX);
		awk->separator_text = TEXT("");
	}
	awk->record = record;
	awk->split = awk->next = false;
	awk->variables[VARIABLE_NR] = number_cell(awk_number(awk->variables[VARIABLE_NR]) + 1);
	awk->variables[VARIABLE_FNR] = number_cell(awk_number(awk->variables[VARIABLE_FNR]) + 1);
	for (size_t i = 0; i < program->rule_count && !awk_is_over(awk) && !awk->next; i++)
		if (program->rules[i].kind != RULE_BEGIN && program->rules[i].kind != RULE_END)
			apply(awk, &program->rules[i]);
}

void awk_end(struct awk *awk)
{
	size_t at = 0;
	struct text key;
	bool exited = awk->exits;
	if (!awk->unknown && !awk->failed && awk->elements) {
		awk->exits = awk->next = false; /* END is run after exit, too */
		awk->ending = true;
		run_kind(awk, RULE_END);
		awk->exits |= exited;
	}
	for (void *value; awk->elements && map_next(awk->elements, &at, &key, &value);) {
		struct element *it = value;
		buf_end(&it->kept);
		mem_free(&it);
	}
	map_free(&awk->elements);
	for (size_t i = 0; i < AWK_VARIABLES_MAX; i++)
		buf_end(&awk->kept[i]);
	regex_free(&awk->separator);
	mem_free(&awk->fields);
	arena_free(&awk->arena);
}
