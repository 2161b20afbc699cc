use hf_hub::api::sync::Api;

const MODEL: &str = "BAAI/bge-m3";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::new()?;
    let weights = api.model(MODEL.to_string()).get("model.safetensors")?;
    let tokenizer = api.model("BAAI/bge-m3".to_string()).get("tokenizer.json")?;
    println!("{} {}", weights.display(), tokenizer.display());
    Ok(())
}
