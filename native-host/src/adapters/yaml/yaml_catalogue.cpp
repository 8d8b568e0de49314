#include "adapters/yaml/yaml_catalogue.hpp"

#include <utility>

namespace portcullis::bff {

YamlCatalogue::YamlCatalogue(LoadOptions options) : options_(std::move(options)) {
  if (options_.plugins_dir.empty()) options_.plugins_dir = options_.config_dir / ".." / "plugins";
  if (!options_.bundles) {
    options_.bundles = std::make_shared<BundleFiles>(options_.plugins_dir, BundleFiles::kRecheck);
  }
}

std::shared_ptr<const Snapshot> YamlCatalogue::read(std::uint64_t generation,
                                                    std::vector<ConfigProblem>& problems) {
  LoadOptions options = options_;
  options.generation = generation;
  LoadResult loaded = load_config(options);
  problems = std::move(loaded.problems);
  return std::move(loaded.snapshot);
}

}  // namespace portcullis::bff
