#include <sqlite3.h>

// Swift calls no variadic functions.
static inline int csqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
