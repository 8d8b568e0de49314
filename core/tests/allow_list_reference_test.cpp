// Compares the trie with a simple reference matcher on random overlapping rules.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "exact_copy.hpp"
#include "portcullis/allow_list.hpp"
#include "reference_matcher.hpp"

namespace portcullis {
namespace {

// Random rules over few segments, so that they overlap, and short paths over the same segments.
class RandomRules {
 public:
  explicit RandomRules(unsigned seed) : random_(seed) {}

  std::vector<ApiRule> rules() {
    std::vector<ApiRule> out;
    for (unsigned n = 1 + pick(9); n > 0; --n) out.push_back(rule());
    return out;
  }
  std::string segment() {
    const char* const segments[] = {"a", "b", "12", "ab", "longer-than-eight", "%20", "a%C3%A9"};
    return segments[pick(7)];
  }
  /// A random path, often one that matches one of the rules.
  std::string path(const std::vector<ApiRule>& rules) {
    std::string out;
    if (pick(3) == 0) {
      for (unsigned n = pick(6); n > 0; --n) out += '/' + segment();
    } else {
      const std::string& wanted = rules[pick(static_cast<unsigned>(rules.size()))].path;
      for (const std::string& part : reference::split_path(wanted).segments) {
        out += '/' + (part[0] == ':' || part == "*" || pick(12) == 0 ? segment() : part);
      }
      if (wanted.back() == '*' && pick(3) == 0) out += '/' + segment();
      if (wanted.back() == '/') out += '/';
    }
    if (out.empty() || (out.back() != '/' && pick(8) == 0)) out += '/';
    return out;
  }
  Method method() { return static_cast<Method>(pick(3)); }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  ApiRule rule() {
    ApiRule out{method(), "", {}};
    unsigned params = 0;
    const unsigned segments = 1 + pick(4);
    for (unsigned i = 0; i < segments; ++i) {
      const char* const literals[] = {"a", "b", "12", "longer-than-eight", "%20"};
      switch (pick(i == 0 ? 5 : 9)) {
        case 5:
        case 6: {
          const std::string name =
              std::string(1, static_cast<char>('p' + pick(4))) + std::to_string(params++);
          out.path += "/:" + name;
          shape(out, name);
          break;
        }
        case 7:
          out.path += "/*";
          break;
        default:
          out.path += std::string("/") + literals[pick(5)];
          break;
      }
    }
    if (pick(5) == 0) out.path += '/';
    return out;
  }

  void shape(ApiRule& rule, const std::string& name) {
    ParamSpec spec;
    spec.name = name;
    switch (pick(6)) {
      case 0:
        spec.named = NamedShape::kInt;
        break;
      case 1:
        spec.named = NamedShape::kHex;
        break;
      case 2:
        spec.kind = ParamSpec::kChoices;
        spec.choices = {"b", pick(2) == 0 ? "a" : " "};
        break;
      case 3:
        spec.kind = ParamSpec::kRegex;
        spec.regex = pick(2) == 0 ? "[a-z0-9]+" : "a.*";
        break;
      default:
        return;
    }
    rule.params.push_back(spec);
  }

  std::mt19937 random_;
};

TEST(AllowListReference, AgreesWithReferenceMatcher) {
  int allowed = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    RandomRules random(seed);
    const std::vector<ApiRule> rules = random.rules();
    std::vector<RuleProblem> problems;
    const auto list = AllowList::compile(rules, &problems);
    ASSERT_TRUE(list) << problems.front().problem.detail << rules[problems.front().rule].path;
    const reference::Matcher plain(rules);
    for (int i = 0; i < 25; ++i) {
      const std::string path = random.path(rules);
      const Method method = random.method();
      const int wanted = plain.find(method, path);
      ASSERT_EQ(list->find(method, ExactCopy(path).view()), wanted)
          << "seed " << seed << ": " << name(method) << " " << path;
      allowed += wanted >= 0 ? 1 : 0;
      if (wanted < 0) continue;
      TemplateProblem problem;
      const auto one =
          PathTemplate::compile(rules[static_cast<std::size_t>(wanted)].path,
                                rules[static_cast<std::size_t>(wanted)].params, problem);
      Params params;
      Params captured;
      ASSERT_TRUE(one && one->match(path, &params));
      list->captures(wanted, path, captured);
      ASSERT_EQ(params, captured);
    }
  }
  EXPECT_GT(allowed, 10000);  // the test must not be vacuous
}

}  // namespace
}  // namespace portcullis
