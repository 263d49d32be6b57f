//! Checks what a pipeline says of a provider.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::options::Kind;
use crate::options::Problem;
use crate::options::Step;
use crate::providers::Descriptor;
use crate::providers::PARAMS;
use crate::providers::Provider;
use crate::providers::TERMS;
use crate::providers::Terms;
use crate::providers::client::Addresses;

impl Provider {
    /// Reads the keys beside `use`: terms, parameters by name, or parameters in `params`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(descriptor: &Arc<Descriptor>, written: &Map<String, Value>) -> Result<Provider, Vec<Problem>> {
        let mut problems = Vec::new();
        let (mut terms, mut params) = (Map::new(), Map::new());
        for (key, value) in written.iter().filter(|(key, _)| *key != PARAMS) {
            let kept = if TERMS.iter().any(|field| field.name == key) { &mut terms } else { &mut params };
            kept.insert(key.clone(), value.clone());
        }
        let mut inner = Map::new();
        match written.get(PARAMS) {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => {
                for (key, value) in map {
                    if params.contains_key(key) {
                        let problem = Problem::new(format!("`{key}` stands beside `use` as well"));
                        problems.push(problem.under(key.as_str()).under(PARAMS));
                    }
                    inner.insert(key.clone(), value.clone());
                }
            }
            Some(_) => {
                let problem = Problem::new(format!("`{PARAMS}` is a map of the provider's parameters"));
                problems.push(problem.under(PARAMS));
            }
        }
        let terms = Kind::Map(TERMS).parse(&Value::Object(terms)).unwrap_or_else(|found| {
            problems.extend(found);
            Value::Null
        });
        problems.extend(
            descriptor.parameters(&params).err().into_iter().flatten().map(|problem| known(problem, descriptor)),
        );
        let found = descriptor.parameters(&inner).err().into_iter().flatten();
        problems.extend(found.map(|problem| problem.under(PARAMS)));
        params.extend(inner);
        let (Ok(terms), Ok(params)) = (serde_json::from_value::<Terms>(terms), descriptor.parameters(&params)) else {
            return Err(problems);
        };
        let provider = Provider { descriptor: descriptor.clone(), params, terms, backdrop: None, preparation: None };
        problems.extend(provider.mistakes());
        if problems.is_empty() { Ok(provider) } else { Err(problems) }
    }

    fn mistakes(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let (descriptor, terms) = (&self.descriptor, &self.terms);
        let priced = descriptor.price.as_ref().is_some_and(|price| price.per_call.is_some());
        if !priced && terms.price.is_none() {
            let message = format!("no price known for {}", self.name());
            problems.push(Problem::new(message).hint("add `price: 0.05`, in USD per call"));
        }
        if let Err(error) = Addresses::new(&descriptor.hosts, terms.endpoint.as_deref()) {
            problems.push(Problem::new(error.to_string()).under("endpoint"));
        }
        if let Some(Err(problem)) = terms.webhook.as_deref().map(|address| descriptor.check_webhook(address)) {
            problems.push(problem.under("webhook"));
        }
        if terms.public_url.is_some() != terms.public_dir.is_some() {
            problems.push(Problem::new("`public_url` and `public_dir` belong together"));
        }
        problems
    }
}

/// Adds a hint to an unknown word beside `use`, which may be meant as a term.
fn known(problem: Problem, descriptor: &Descriptor) -> Problem {
    let Some(Step::Key(key)) = problem.path.last() else { return problem };
    if descriptor.params.contains_key(key) {
        return problem;
    }
    let words = descriptor.params.keys().map(String::as_str).chain(TERMS.iter().map(|field| field.name));
    Problem::unknown("option", key, &format!("engine `{}`", descriptor.provider), words).under(key.as_str())
}
