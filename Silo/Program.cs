Console.WriteLine("LoraCluster");
