// In the place of RE2's own file: no Unicode classes. Of `\p{...}` only `\p{Any}` is left, which
// RE2's parser knows without a table; every other name is "invalid character class range". The
// tables are 42 KB of the page's core, for what no path segment in a manifest has needed.
//
// The file it stands in for has the SHA-256
// e00735cd8ba1f87ea5c0c78c07de7836e9ad02cc84f4ef8cf90e2b0edfd99e68
#include "re2/unicode_groups.h"

namespace re2 {

const UGroup unicode_groups[] = {{"", +1, nullptr, 0, nullptr, 0}};
const int num_unicode_groups = 0;

}  // namespace re2
