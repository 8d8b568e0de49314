// In the place of RE2's own file: `(?i)` folds the letters of ASCII and nothing else, as RE2's
// table says for them but for its two ways out of ASCII (the Kelvin sign for k, the long s for s).
//
// The file it stands in for has the SHA-256
// e2fcd199b8cee45ac053c26e55a810756c530060e90c2ab267513adb4bfdb707
#include "re2/unicode_casefold.h"

namespace re2 {

const CaseFold unicode_casefold[] = {
    {'A', 'Z', 'a' - 'A'},
    {'a', 'z', 'A' - 'a'},
};
const int num_unicode_casefold = 2;

const CaseFold unicode_tolower[] = {{'A', 'Z', 'a' - 'A'}};
const int num_unicode_tolower = 1;

}  // namespace re2
