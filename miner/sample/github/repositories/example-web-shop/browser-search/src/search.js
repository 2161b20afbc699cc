import { pipeline } from '@huggingface/transformers';

const MODEL = 'sentence-transformers/all-MiniLM-L6-v2';

let extractor;

export async function embed(texts) {
  extractor ??= await pipeline('feature-extraction', MODEL);
  return extractor(texts, { pooling: 'mean', normalize: true });
}

export async function rank(query, products) {
  const ranker = await pipeline('text-classification', 'BAAI/bge-reranker-v2-m3');
  return Promise.all(products.map((product) => ranker([[query, product.title]])));
}
