/* A query: parsed with and without a schema, matched against one record; `not q` is q's complement.
 */
#include "query/query.h"

#include "fuzz.h"

static const char record_text[] =
	"{\"target\":\"web1\",\"status\":\"fail\",\"policy\":{\"level\":\"high\"},\"n\":5,"
	"\"ip\":[\"10.0.0.1\"],\"utctimestamp\":\"2026-11-24T08:14:04Z\"}";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct buf negated = {0};
	struct text text = {(const char *)bytes, len};
	scoped(query_free) struct query *known = query_parse(text, &query_items, &err);
	must(known || err.kind != ERR_NONE);
	scoped(query_free) struct query *query = query_parse(text, NULL, &err);
	if (!query)
		return 0;
	buf_cstr(&negated, "not (");
	buf_text(&negated, text_trim(text).len > 0 ? text : TEXT("*"));
	buf_cstr(&negated, ")");
	scoped(query_free) struct query *other = query_parse(buf_view(&negated), NULL, &err);
	scoped(json_free) struct json *json = json_parse(text_of(record_text), &err);
	struct query_record record = query_json_record(json);
	if (other)
		must(query_is_match(query, &record, 0) != query_is_match(other, &record, 0));
	buf_end(&negated);
	return 0;
}
