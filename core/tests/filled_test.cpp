#include "filled.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace portcullis {
namespace {

/// Whether a pattern of one '@' and one '~' is taken beside so many fillings. Not a `requires`
/// expression: clang-format 14 and 19 disagree on its layout.
template <std::size_t Fillings, typename = void>
constexpr bool kTaken = false;
template <std::size_t Fillings>
constexpr bool
    kTaken<Fillings, std::void_t<std::bool_constant<(CheckedPattern<Fillings>("@ ~"), true)>>> =
        true;

static_assert(!kTaken<0> && !kTaken<1> && kTaken<2> && !kTaken<3>);
static_assert(places("") == 0 && places("~@@.") == 3);

TEST(Filled, PutsTextsAndNumbersInTheirPlaces) {
  const std::string text = "b";
  EXPECT_EQ(filled("@@, @ and ~", {"a", text, std::size_t{7}, std::string_view("c\n")}),
            R"(ab, 7 and "c\n")");
}

TEST(Filled, CutsWhatItQuotesBetweenCharacters) {
  const std::string long_text = std::string(79, 'x') + "\xc3\xa9" + "y";
  EXPECT_EQ(filled("~", {long_text}), '"' + std::string(79, 'x') + "...\"");
}

}  // namespace
}  // namespace portcullis
