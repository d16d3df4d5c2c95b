/* schema.h: the JSON Schema (2020-12) of Muster YAML, for editors; made of the tables that validate
 * policies. */
#pragma once
#include "format/json.h"

must_use struct json *schema_make(void); /* the caller's */
