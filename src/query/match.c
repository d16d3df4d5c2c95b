#include <inttypes.h>
#include <stdio.h>

#include "format/quantity.h"
#include "query/tree.h"

#define NUMBER_SIZE 24

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* A phrase stands in a text where it begins and ends at a word's border. */
static bool has_phrase(struct text text, struct text phrase)
{
	if (phrase.len == 0)
		return text.len == 0;
	for (size_t at = 0; at + phrase.len <= text.len; at++) {
		size_t end = at + phrase.len;
		bool begins = at == 0 || !is_word_char(phrase.at[0]) ||
			      !is_word_char(text.at[at - 1]);
		bool ends = end == text.len || !is_word_char(phrase.at[phrase.len - 1]) ||
			    !is_word_char(text.at[end]);
		if (begins && ends &&
		    text_is_alike((struct text){text.at + at, phrase.len}, phrase))
			return true;
	}
	return false;
}

/* A pattern with wildcards takes one whole run of what is not white space. */
static bool has_wild_word(struct text text, struct text pattern)
{
	struct text word;
	while (text_word(&text, &word))
		if (quantity_is_wild_match(pattern, word, true))
			return true;
	return false;
}

static struct text text_form(const struct value *value, char number[static NUMBER_SIZE])
{
	switch (value->type) {
	case VALUE_BOOL:
		return value->number ? TEXT("true") : TEXT("false");
	case VALUE_INT:
	case VALUE_SIZE:
	case VALUE_SPAN:
	case VALUE_TIME:
	case VALUE_LEVEL:
	case VALUE_TLS:
		snprintf(number, NUMBER_SIZE, "%" PRId64, value->number);
		return text_of(number);
	case VALUE_MODE:
		snprintf(number, NUMBER_SIZE, "%04" PRIo64, (uint64_t)value->number);
		return text_of(number);
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_VERSION:
	case VALUE_ADDRESS:
	case VALUE_LIST:
		break;
	}
	return value->text;
}

static bool is_in_network(const struct node *node, const struct value *value)
{
	struct address address, network;
	return quantity_read_address(node->text, &network) &&
	       quantity_read_address(value->text, &address) &&
	       quantity_is_within(&address, &network);
}

/* field:value and field:"phrase" against one value. */
static bool is_value(const struct node *node, const struct value *value)
{
	char number[NUMBER_SIZE];
	if (node->is_network && is_in_network(node, value))
		return true;
	struct text text = text_form(value, number);
	if (node->words)
		return node->wild ? has_wild_word(text, node->text) : has_phrase(text, node->text);
	if (node->wild)
		return quantity_is_wild_match(node->text, text, true);
	bool is_text = value->type == VALUE_TEXT;
	if (is_text &&
	    (node->type == VALUE_NONE || node->type == VALUE_TEXT || node->type == VALUE_LIST))
		return text_is_alike(text, node->text);
	struct value wanted = {.type = VALUE_TEXT, .caseless = true, .text = node->text};
	if (is_text && node->type != VALUE_NONE && node->type != VALUE_LIST)
		return value_read(node->type, node->text, &wanted) &&
		       value_is_equal(value, &wanted);
	return value_is_equal(value, &wanted);
}

static bool is_compared(const struct node *node, const struct value *value, int64_t now_us)
{
	struct value limit = node->value;
	int order;
	if (node->from_now)
		limit.number += now_us;
	if (!value_compare(value, &limit, &order))
		return false;
	switch (node->term) {
	case TERM_BELOW:
		return order < 0;
	case TERM_AT_MOST:
		return order <= 0;
	case TERM_ABOVE:
		return order > 0;
	case TERM_AT_LEAST:
		return order >= 0;
	case TERM_VALUE:
	case TERM_PHRASE:
	case TERM_REGEX:
	case TERM_EXISTS:
		break;
	}
	never("a term that is no comparison");
}

static bool is_term_of(const struct node *node, const struct value *value, int64_t now_us)
{
	char number[NUMBER_SIZE];
	switch (node->term) {
	case TERM_EXISTS:
		return true;
	case TERM_REGEX:
		return regex_find(node->regex, text_form(value, number), 0, NULL, NULL) ==
		       REGEX_YES;
	case TERM_VALUE:
	case TERM_PHRASE:
		return is_value(node, value);
	case TERM_BELOW:
	case TERM_AT_MOST:
	case TERM_ABOVE:
	case TERM_AT_LEAST:
		return is_compared(node, value, now_us);
	}
	never("a term of no kind");
}

/* A list matches when one of its members does. */
static bool is_any_of(const struct node *node, const struct value *value, int64_t now_us)
{
	if (value->type != VALUE_LIST)
		return is_term_of(node, value, now_us);
	for (size_t i = 0; i < value->count; i++) {
		struct value member = {.type = VALUE_TEXT, .text = value->list[i]};
		if (is_term_of(node, &member, now_us))
			return true;
	}
	return false;
}

static bool is_term(const struct node *node, const struct query_record *record, int64_t now_us)
{
	struct value values[QUERY_VALUES_MAX];
	size_t count = record->get(record, node->field, values, QUERY_VALUES_MAX);
	for (size_t i = 0; i < count && i < QUERY_VALUES_MAX; i++)
		if (values[i].type != VALUE_NONE && is_any_of(node, &values[i], now_us))
			return true;
	return false;
}

/* As deep as the parser lets a query be (QUERY_DEPTH_MAX), and QUERY_NODES_MAX to the left. */
static bool is_match(const struct node *node, const struct query_record *record, int64_t now_us)
{
	switch (node->kind) {
	case NODE_ALL:
		return true;
	case NODE_AND:
		return is_match(node->left, record, now_us) &&
		       is_match(node->right, record, now_us);
	case NODE_OR:
		return is_match(node->left, record, now_us) ||
		       is_match(node->right, record, now_us);
	case NODE_NOT:
		return !is_match(node->left, record, now_us);
	case NODE_TERM:
		return is_term(node, record, now_us);
	}
	never("a node of no kind");
}

bool query_is_match(const struct query *query, const struct query_record *record, int64_t now_us)
{
	return is_match(query->root, record, now_us);
}

static struct text required(const struct node *node, const char *field)
{
	if (node->kind == NODE_AND) {
		struct text left = required(node->left, field);
		return left.at ? left : required(node->right, field);
	}
	bool exact = node->kind == NODE_TERM && node->field && !node->words && !node->is_network &&
		     (node->term == TERM_PHRASE || (node->term == TERM_VALUE && !node->wild));
	if (exact && text_is(text_of(node->field), field))
		return node->text;
	return (struct text){0};
}

struct text query_required(const struct query *query, const char *field)
{
	return required(query->root, field);
}
