#include "assess/verdict/content.h"

#include <string.h>

bool content_next(const struct content *content, size_t *at, uint64_t *number, struct text *line)
{
	struct text text = content->text;
	if (*at >= text.len)
		return false;
	const char *begin = text.at + *at;
	const char *end = memchr(begin, '\n', text.len - *at);
	size_t len = end ? (size_t)(end - begin) : text.len - *at;
	*at += len + (end != NULL);
	len -= end && len > 0 && begin[len - 1] == '\r';
	*line = (struct text){begin, len};
	(*number)++;
	return true;
}

enum regex_answer content_search(const struct content *content, struct regex *regex, uint64_t limit,
				 uint64_t *matches, struct evidence *evidence,
				 size_t *evidence_count)
{
	size_t at = 0;
	uint64_t number = 0;
	struct text line;
	*matches = 0;
	*evidence_count = 0;
	while ((limit == 0 || *matches < limit) && content_next(content, &at, &number, &line)) {
		enum regex_answer answer = regex_find(regex, line, 0, NULL, NULL);
		if (answer == REGEX_RAN_AWAY)
			return answer;
		if (answer == REGEX_NO)
			continue;
		if (*evidence_count < ITEM_EVIDENCE_MAX)
			evidence[(*evidence_count)++] = (struct evidence){content->path, number,
									  line};
		++*matches;
	}
	return *matches > 0 ? REGEX_YES : REGEX_NO;
}
